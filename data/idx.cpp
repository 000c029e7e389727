#include "evenkeel/data/idx.h"

#include <fcntl.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iomanip>
#include <ios>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"

namespace ek {
namespace {

constexpr std::size_t kSide = 28, kPadded = 32;

/// A file of bytes, gzipped or not: zlib tells them apart by the first two bytes.
using GzFile = std::unique_ptr<gzFile_s, decltype(&gzclose)>;

/// Up to `count` bytes, fewer only at the end of the file. Memory grows with what is really there.
std::vector<std::uint8_t> read(const GzFile& file, const fs::path& path, std::size_t count) {
  std::vector<std::uint8_t> bytes;
  std::array<std::uint8_t, 65536> piece;
  while (bytes.size() < count) {
    const int got = gzread(file.get(), piece.data(),
                           static_cast<unsigned>(std::min(count - bytes.size(), piece.size())));
    int error = Z_OK;
    std::string reason = gzerror(file.get(), &error);
    if (reason.starts_with("<fd:"))
      reason.erase(0, reason.find(' ') + 1);  // zlib's name for a file without one
    check_data(got >= 0 && (error == Z_OK || error == Z_STREAM_END), printable(path),
               ": damaged after ", bytes.size(), " unpacked bytes: ", reason,
               "; fetch the file again");
    if (got == 0) break;
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + got);
  }
  return bytes;
}

std::uint32_t big_endian(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 |
         std::uint32_t{p[3]};
}

std::string hex(std::uint32_t value) {
  return text("0x", std::hex, std::setw(8), std::setfill('0'), value);
}

/// More images than any data set of this format has (EMNIST: 814,255). A small file can unpack to far more.
constexpr std::uint64_t kMostItems = 1'000'000;

/// An IDX file whose header has been read and checked. The header is 4 bytes 00 00 08 rank (08: unsigned bytes), then
/// `rank` big-endian sizes; the items follow, and nothing after them.
class IdxFile {
 public:
  /// Items of 1 byte (side = 1) or side x side bytes.
  IdxFile(const fs::path& path, std::size_t side)
      : path_(path),
        item_bytes_(side * side),
        file_(gzdopen(fcntl(InputFile(path).descriptor(), F_DUPFD_CLOEXEC, 0), "rb"), &gzclose) {
    if (!file_) throw std::bad_alloc();
    const std::uint32_t rank = side == 1 ? 1 : 3;
    const std::size_t length = 4 + 4 * rank;
    const std::vector<std::uint8_t> header = read(file_, path, length);
    check_data(header.size() == length, printable(path), ": ", header.size(),
               " bytes, its header alone has ", length);
    const std::uint32_t magic = big_endian(header.data()), expected = 0x0800 + rank;
    check_data(magic == expected, printable(path), ": magic number ", hex(magic), ", expected ",
               hex(expected), " (unsigned bytes, ", rank, rank == 1 ? " axis)" : " axes)");
    if (rank == 3) {
      const std::uint32_t rows = big_endian(&header[8]), columns = big_endian(&header[12]);
      check_data(rows == side && columns == side, printable(path), ": images of ", rows, "x",
                 columns, ", expected ", side, "x", side);
    }
    count_ = big_endian(&header[4]);
    check_data(count_ > 0, printable(path), ": 0 items, expected at least 1");
    check_data(count_ <= kMostItems, printable(path), ": ", count_, " items, expected at most ",
               kMostItems);
  }

  std::uint64_t count() const { return count_; }

  std::vector<std::uint8_t> items() const {
    const std::uint64_t promised = count_ * item_bytes_;
    std::vector<std::uint8_t> bytes = read(file_, path_, promised + 1);
    check_data(bytes.size() == promised, printable(path_), ": ",
               bytes.size() > promised ? "more than " : "",
               std::min<std::uint64_t>(bytes.size(), promised),
               " bytes after the header, expected ", promised, " for ", count_, " items");
    return bytes;
  }

 private:
  fs::path path_;
  std::size_t item_bytes_;
  GzFile file_;
  std::uint64_t count_ = 0;
};

/// The first spelling of the file's name that is a file, else the first that is anything; else an empty path.
fs::path find_file(const fs::path& dir, const std::string& what, const std::string& type) {
  fs::path no_file;
  for (const char* separator : {"-", "."}) {
    for (const char* ending : {"", ".gz"}) {
      const fs::path path = dir / (what + separator + type + ending);
      if (is_file(path)) return path;
      if (no_file.empty() && path_exists(path)) no_file = path;
    }
  }
  return no_file;
}

fs::path require_file(const fs::path& dir, const std::string& name, const std::string& what,
                      const std::string& type) {
  const fs::path path = find_file(dir, what, type);
  check_data(!path.empty(), name, ": no ", what, "-", type, " in ", printable(dir),
             ", nor with .gz, nor spelled ", what, ".", type,
             name == "fashion-mnist" ? "; apt-get install dataset-fashion-mnist puts the files "
                                       "into /usr/share/datasets/fashion-mnist"
                                     : "; put the four MNIST files there");
  return path;
}

/// grey [N, 28, 28] -> [N, 3, 32, 32]
std::vector<std::uint8_t> pad_and_repeat(const std::vector<std::uint8_t>& grey) {
  constexpr std::size_t kBorder = (kPadded - kSide) / 2;
  const std::size_t count = grey.size() / (kSide * kSide);
  std::vector<std::uint8_t> pixels(count * 3 * kPadded * kPadded);
  for (std::size_t plane = 0; plane < count * 3; ++plane)
    for (std::size_t row = 0; row < kSide; ++row)
      std::copy_n(&grey[(plane / 3 * kSide + row) * kSide], kSide,
                  &pixels[(plane * kPadded + row + kBorder) * kPadded + kBorder]);
  return pixels;
}

std::shared_ptr<const Dataset> load(const fs::path& dir, Split split, const std::string& name,
                                    std::vector<std::string> class_names) {
  const std::string prefix = split == Split::train ? "train" : "t10k";
  const fs::path images_path = require_file(dir, name, prefix + "-images", "idx3-ubyte");
  const fs::path labels_path = require_file(dir, name, prefix + "-labels", "idx1-ubyte");
  const IdxFile label_file(labels_path, 1), image_file(images_path, kSide);
  // The headers are compared before anything is unpacked.
  check_data(image_file.count() == label_file.count(), printable(images_path), ": ",
             image_file.count(), " images, but ", label_file.count(), " labels in ",
             printable(labels_path));
  const std::vector<std::uint8_t> bytes = label_file.items();
  const std::vector<int> labels(bytes.begin(), bytes.end());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    check_data(labels[i] <= 9, printable(labels_path), ": record ", i, " (byte ", 8 + i,
               "): label ", labels[i], ", expected 0..9");
  }
  return std::make_shared<InMemoryDataset>(name, Shape{3, kPadded, kPadded}, std::move(class_names),
                                           pad_and_repeat(image_file.items()), labels);
}

}  // namespace

std::shared_ptr<const Dataset> load_mnist(const fs::path& dir, Split split) {
  return load(dir, split, "mnist", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

std::shared_ptr<const Dataset> load_fashion_mnist(const fs::path& dir, Split split) {
  return load(dir, split, "fashion-mnist",
              {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
               "Bag", "Ankle boot"});
}

bool holds_idx(const fs::path& dir) {
  return !find_file(dir, "train-images", "idx3-ubyte").empty() ||
         !find_file(dir, "t10k-images", "idx3-ubyte").empty();
}

}  // namespace ek
