// Prefetched: a sequence whose next items are made by a background thread while the current one is used.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/parallel.h"

namespace ek {

/// The items make(begin), ..., make(end - 1), in this order: `for (const T& item : sequence)`, once. At most
/// `depth` items are kept ready; with a depth of 0 each is made when it is asked for, and there is no thread.
/// What make() throws is thrown to the consumer in place of the item. May be left at any point.
template <typename T>
class Prefetched {
 public:
  Prefetched(std::function<T(std::int64_t)> make, std::int64_t begin, std::int64_t end, int depth)
      : make_(std::move(make)), taken_(begin), end_(end), depth_(static_cast<std::size_t>(depth)) {
    if (depth > 0 && begin < end) worker_ = std::thread([this, begin] { work(begin); });
  }

  ~Prefetched() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    if (worker_.joinable()) worker_.join();
  }
  Prefetched(const Prefetched&) = delete;
  Prefetched& operator=(const Prefetched&) = delete;

  /// The next item; none after the last.
  std::optional<T> next() {
    if (taken_ == end_) return {};
    if (depth_ == 0) return make_(taken_++);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || error_; });
    if (ready_.empty()) std::rethrow_exception(error_);
    std::optional<T> item = std::move(ready_.front());
    ready_.pop_front();
    ++taken_;
    changed_.notify_all();
    return item;
  }

  class Iterator {
   public:
    explicit Iterator(Prefetched* sequence) : sequence_(sequence) { ++*this; }
    const T& operator*() const { return *sequence_->current_; }
    Iterator& operator++() {
      sequence_->current_.reset();  // its memory can serve the next one
      sequence_->current_ = sequence_->next();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return !sequence_->current_; }

   private:
    Prefetched* sequence_;
  };
  Iterator begin() { return Iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  void work(std::int64_t first) {
    SerialScope serial;  // the cores belong to whoever uses the items
    try {
      for (std::int64_t i = first; i < end_; ++i) {
        T item = make_(i);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ready_.size() < depth_ || stop_; });
        if (stop_) return;
        ready_.push_back(std::move(item));
        changed_.notify_all();
      }
    } catch (...) {
      std::lock_guard lock(mutex_);
      error_ = std::current_exception();
      changed_.notify_all();
    }
  }

  const std::function<T(std::int64_t)> make_;
  std::int64_t taken_;  // the number of the item that next() returns next
  const std::int64_t end_;
  const std::size_t depth_;
  std::optional<T> current_;  // the iterator's

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<T> ready_;
  std::exception_ptr error_;
  bool stop_ = false;
  std::thread worker_;
};

}  // namespace ek
