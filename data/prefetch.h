// Prefetched: a sequence whose next items are made by background threads while the current one is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "evenkeel/core/machine/denormals.h"
#include "evenkeel/core/machine/parallel.h"

namespace ek {

/// The items make(begin), ..., make(end - 1), in this order: `for (const T& item : sequence)`, once. From the first on,
/// the next `depth` items are made ahead, each by a thread of its own; with a depth of 0 each is made when it is asked
/// for, and so is an item for which the system gives no thread. What make() throws is thrown to the consumer in place of
/// the item. May be left at any point.
template <typename T>
class Prefetched {
 public:
  Prefetched(std::function<T(std::int64_t)> make, std::int64_t begin, std::int64_t end, int depth)
      : make_(std::move(make)), next_(begin), end_(end), depth_(static_cast<std::size_t>(depth)) {
    work_ahead();
  }
  Prefetched& operator=(Prefetched&&) = delete;  // neither copied nor moved

  /// The next item; none after the last.
  std::optional<T> next() {
    if (ahead_.empty()) return next_ < end_ ? std::optional<T>(make_item(next_++)) : std::nullopt;
    std::future<T> item = std::move(ahead_.front());
    ahead_.pop_front();
    item.wait();  // no more than `depth` are being made at any time
    work_ahead();
    return item.get();
  }

  struct Iterator {
    Prefetched* sequence;
    const T& operator*() const { return *sequence->current_; }
    Iterator& operator++() {
      sequence->current_.reset();  // its memory can serve the next one
      sequence->current_ = sequence->next();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return !sequence->current_; }
  };
  Iterator begin() { return ++Iterator{this}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  void work_ahead() {
    for (; ahead_.size() < depth_ && next_ < end_; ++next_) ahead_.push_back(begin_item(next_));
  }

  /// The same bits on whichever thread.
  T make_item(std::int64_t i) const {
    const FlushDenormals flush;
    return make_(i);
  }

  std::future<T> begin_item(std::int64_t i) const {
    try {
      return std::async(std::launch::async, [this, i] {
        const SerialScope serial;  // the cores belong to whoever uses the items
        return make_item(i);
      });
    } catch (const std::system_error&) {  // no thread to be had: made when it is waited for
      return std::async(std::launch::deferred, [this, i] { return make_item(i); });
    }
  }

  const std::function<T(std::int64_t)> make_;
  std::int64_t next_;  // the number of the item that is begun next
  const std::int64_t end_;
  const std::size_t depth_;
  std::optional<T> current_;  // the iterator's
  std::deque<std::future<T>>
      ahead_;  // the last member: its destructor waits for the threads, which use the others
};

}  // namespace ek
