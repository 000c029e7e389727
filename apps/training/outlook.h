// How long the rest of a work will take, as far as that is known.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ek {

/// A work of several parts ("norm batch, training", "norm batch, test", ...), each of so many
/// steps. What a step of a part takes is known once some were made. Until then those of another
/// part of its family stand in for it: the rest is then an estimate by "about"; where there are
/// none either, it is at least ("over") what the known parts take.
class Outlook {
 public:
  /// So many more steps of that part are to come. A part belongs to one family.
  void plan(const std::string& part, const std::string& family, std::int64_t steps);
  /// So many of its steps were made, in so many seconds.
  void made(const std::string& part, std::int64_t steps, double seconds);
  /// So many of its steps will not be made; -1: all that are left.
  void drop(const std::string& part, std::int64_t steps = -1);
  /// Steps that were made before they could be planned: they say how long others will take.
  void known(const std::string& part, const std::string& family, std::int64_t steps,
             double seconds);

  /// "3:40 in all", "about 3:40 in all", "at least 3:40 in all"; empty where nothing is known or left.
  std::string text() const;

 private:
  struct Part {
    std::string family;
    std::int64_t left = 0, made = 0;
    double seconds = 0;  // that those made took
  };
  std::map<std::string, Part> parts_;
};

/// "0:12", "1:02:03"
std::string clock_text(double seconds);

}  // namespace ek
