#include "core/safetensors.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/check.h"
#include "core/denormals.h"

namespace ek {
namespace {

namespace fs = std::filesystem;

// A folder that is gone when the test is over.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "ek-safetensors-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename().string());
    return names;
  }
};

std::string bytes_of_file(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// A file with this header and data.
std::string file_with(const std::string& header, const std::string& data = "") {
  return raw<std::uint64_t>({header.size()}) + header + data;
}

// One tensor "x".
std::string file_of(const std::string& dtype, const std::string& shape, const std::string& data) {
  return file_with(
      text(R"({"x":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":[0,)", data.size(), "]}}"), data);
}

struct Reader {
  Folder folder;
  fs::path path = folder.path / "file.safetensors";

  SafeTensors read(const std::string& bytes) const {
    fs::remove(path);  // some file systems flush a file that is cut and written again, which takes long
    std::ofstream(path, std::ios::binary) << bytes;
    return read_safetensors(path);
  }
  std::string refusal(const std::string& bytes) const {
    try {
      read(bytes);
    } catch (const DataError& e) {
      const std::string message = e.what();
      CHECK(message.starts_with(path.string() + ": "));
      CHECK(message.find('\n') == std::string::npos);
      CHECK(message.size() < 600);
      return message.substr(path.string().size() + 2);
    }
    return "no error";
  }
};

#define CHECK_REFUSED(bytes, reason)                   \
  do {                                                 \
    const std::string message = reader.refusal(bytes); \
    INFO(message);                                     \
    CHECK(message.find(reason) != std::string::npos);  \
  } while (false)

const Tensor& reals(const SafeTensors& content, const char* name) {
  return std::get<Tensor>(*content.tensors.find(name));
}
const IntTensor& integers(const SafeTensors& content, const char* name) {
  return std::get<IntTensor>(*content.tensors.find(name));
}

bool same(const StateValue& a, const StateValue& b) {
  if (a.index() != b.index() || shape_of(a) != shape_of(b)) return false;
  if (const IntTensor* ints = std::get_if<IntTensor>(&a)) return ints->data() == std::get<IntTensor>(b).data();
  const auto x = std::get<Tensor>(a).data(), y = std::get<Tensor>(b).data();
  return std::memcmp(x.data(), y.data(), x.size_bytes()) == 0;
}

bool same(const SafeTensors& a, const SafeTensors& b) {
  if (a.metadata != b.metadata || a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, value] : a.tensors) {
    const StateValue* other = b.tensors.find(name);
    if (!other || !same(value, *other)) return false;
  }
  return true;
}

// 160 bytes, written from the format's description.
const std::string kGolden = raw<std::uint64_t>({0x88}) +
                            R"({"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                            R"("bn.weight":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})" +
                            raw<std::int64_t>({5}) + std::string("\0\0\x80\x3f\0\0\0\x40", 8);

SafeTensors golden_content() {
  SafeTensors content;
  content.tensors.add("bn.weight", Tensor::from({2}, {1, 2}));
  content.tensors.add("bn.num_batches_tracked", IntTensor({}, 5));
  return content;
}

SafeTensors varied_content() {
  SafeTensors content;
  content.metadata = {{"epoch", "12"}, {"config", "{\"norm\": \"batch\"}\n\u00e9"}};
  content.tensors.add("w", Tensor::from({2, 1, 2}, {-0.0f, 1e-40f, INFINITY, -3.5f}));
  content.tensors.add("scalar", Tensor::from({}, {42}));
  content.tensors.add("empty", Tensor({0, 3}));
  content.tensors.add("\u03b3 \"quoted\\\"", Tensor::from({1}, {7}));
  IntTensor steps({3});
  steps.mutable_data() = {-1, std::numeric_limits<std::int64_t>::max(), 0};
  content.tensors.add("steps", steps);
  return content;
}

TEST_CASE("the golden file is read") {
  const Reader reader;
  REQUIRE(kGolden.size() == 160);
  const SafeTensors content = reader.read(kGolden);
  CHECK(content.tensors.size() == 2);
  CHECK(content.metadata.empty());
  CHECK(integers(content, "bn.num_batches_tracked").shape() == Shape{});
  CHECK(integers(content, "bn.num_batches_tracked").data()[0] == 5);
  CHECK(reals(content, "bn.weight").shape() == Shape{2});
  CHECK(reals(content, "bn.weight").data()[0] == 1);
  CHECK(reals(content, "bn.weight").data()[1] == 2);
}

TEST_CASE("the golden file is written, byte for byte") {
  const Reader reader;
  write_safetensors(reader.path, golden_content());
  CHECK(bytes_of_file(reader.path) == kGolden);
}

TEST_CASE("what is written is read back, and written again is the same file") {
  const Reader reader;
  const SafeTensors content = varied_content();
  write_safetensors(reader.path, content);
  const std::string first = bytes_of_file(reader.path);
  const SafeTensors again = read_safetensors(reader.path);
  CHECK(same(content, again));
  write_safetensors(reader.path, again);
  CHECK(bytes_of_file(reader.path) == first);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, first.data(), 8);
  CHECK(header_size % 8 == 0);
  CHECK(reader.folder.names().size() == 1);
}

TEST_CASE("a file without tensors") {
  const Reader reader;
  write_safetensors(reader.path, {});
  CHECK(bytes_of_file(reader.path) == file_with("{}      "));
  CHECK(read_safetensors(reader.path).tensors.size() == 0);
}

TEST_CASE("every dtype becomes real or whole numbers") {
  const Reader reader;
  const auto read_reals = [&](const std::string& dtype, const std::string& shape, const std::string& data) {
    const auto values = reals(reader.read(file_of(dtype, shape, data)), "x").clone();
    return std::vector<Real>(values.data().begin(), values.data().end());
  };
  const auto read_integers = [&](const std::string& dtype, const std::string& shape, const std::string& data) {
    return integers(reader.read(file_of(dtype, shape, data)), "x").data();
  };
  CHECK(read_reals("F32", "[2]", raw<float>({1.5f, -2})) == std::vector<Real>{1.5f, -2});
  CHECK(read_reals("F16", "[6]", raw<std::uint16_t>({0x3c00, 0xc000, 0x3555, 0x0001, 0x8400, 0x7bff})) ==
        std::vector<Real>{1, -2, 0x1.554p-2f, 0x1p-24f, -0x1p-14f, 65504});
  CHECK(read_reals("BF16", "[3]", raw<std::uint16_t>({0x3f80, 0xc040, 0x0001})) == std::vector<Real>{1, -3, 0x1p-133f});
  CHECK(read_integers("I64", "[1,2]", raw<std::int64_t>({-1, 1ll << 40})) == std::vector<std::int64_t>{-1, 1ll << 40});
  CHECK(read_integers("I32", "[2]", raw<std::int32_t>({-7, 1 << 30})) == std::vector<std::int64_t>{-7, 1 << 30});
  CHECK(read_integers("U8", "[2]", "\x01\xff") == std::vector<std::int64_t>{1, 255});
  CHECK(read_integers("BOOL", "[2]", std::string("\0\1", 2)) == std::vector<std::int64_t>{0, 1});

  const auto special = read_reals("F16", "[4]", raw<std::uint16_t>({0x8000, 0x7c00, 0xfc00, 0x7e01}));
  CHECK((special[0] == 0 && std::signbit(special[0])));
  CHECK(special[1] == INFINITY);
  CHECK(special[2] == -INFINITY);
  CHECK(std::isnan(special[3]));
}

// Against the definition: (-1)^s 2^(e-15) (1 + f/1024), and 2^-14 f/1024 for e = 0.
TEST_CASE("every finite half has its value") {
  std::vector<std::uint16_t> bits;
  std::vector<Real> expected;
  for (unsigned b = 0; b < 65536; ++b) {
    const int exponent = static_cast<int>(b >> 10 & 31), fraction = static_cast<int>(b & 1023);
    if (exponent == 31) continue;
    const double magnitude = exponent ? std::ldexp(1024 + fraction, exponent - 25) : std::ldexp(fraction, -24);
    bits.push_back(static_cast<std::uint16_t>(b));
    expected.push_back(static_cast<Real>(b >> 15 ? -magnitude : magnitude));
  }
  const Reader reader;
  const SafeTensors content = reader.read(file_of("F16", text('[', bits.size(), ']'), raw(bits)));
  const auto values = reals(content, "x").data();
  CHECK(std::memcmp(values.data(), expected.data(), values.size_bytes()) == 0);

  const FlushDenormals flush;  // as the program reads its checkpoints
  const SafeTensors again = reader.read(file_of("F16", text('[', bits.size(), ']'), raw(bits)));
  CHECK(std::memcmp(reals(again, "x").data().data(), expected.data(), values.size_bytes()) == 0);
}

TEST_CASE("float64 is for builds with double numbers only") {
  const Reader reader;
  const std::string file = file_of("F64", "[1]", raw<double>({0.1}));
  if constexpr (sizeof(Real) == 8)
    CHECK(reals(reader.read(file), "x").item() == 0.1);
  else
    CHECK_REFUSED(file, "tensor 'x' is F64, but this build computes in float32; save it with .float()");
}

TEST_CASE("legal files of other writers") {
  const Reader reader;
  const std::string data = raw<float>({1, 2, 3});
  const auto last = [&](const std::string& header) {
    const SafeTensors content = reader.read(file_with(header, data));
    return reals(content, "x").data().back();
  };
  CHECK(last(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})") == 3);
  CHECK(last(R"({ "x" : {"data_offsets":[0,12], "shape":[3,1], "dtype":"F32"} }     )") == 3);
  // Tensors in any order; empty ones anywhere.
  CHECK(last(R"({"x":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},)"
             R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
             R"("y":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},)"
             R"("z":{"dtype":"F32","shape":[9,0],"data_offsets":[12,12]}})") == 3);
  const SafeTensors content = reader.read(file_with(R"({"__metadata__":{"format":"pt","":""}})"));
  CHECK(content.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"", ""}});
}

TEST_CASE("tensors are listed in the order of the file") {
  const Reader reader;
  const SafeTensors content =
      reader.read(file_with(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"b":{"dtype":"U8","shape":[2],)"
                            R"("data_offsets":[0,2]}})",
                            "xyz"));
  CHECK(content.tensors.begin()->first == "b");
  CHECK(integers(content, "a").data()[0] == 'z');
}

TEST_CASE("a file cut at any byte is refused") {
  const Reader reader;
  write_safetensors(reader.path, varied_content());
  for (const std::string& whole : {kGolden, bytes_of_file(reader.path)})
    for (std::size_t n = 0; n < whole.size(); ++n) {
      CAPTURE(n);
      CHECK(reader.refusal(whole.substr(0, n)) != "no error");
    }
  CHECK_REFUSED("", "0 bytes, expected at least 8");
  CHECK_REFUSED(kGolden.substr(0, 159), "159 bytes, expected 160");
}

// Names, metadata and the sizes of an empty tensor have no redundancy in the format. A changed name is
// refused when the file is loaded by name.
TEST_CASE("a flipped bit in the header is refused or changes nothing") {
  const Reader reader;
  write_safetensors(reader.path, varied_content());
  const std::string whole = bytes_of_file(reader.path);
  const SafeTensors original = read_safetensors(reader.path);
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, whole.data(), 8);
  int refused = 0, renamed = 0;
  for (std::size_t bit = 0; bit < 8 * (8 + header_size); ++bit) {
    CAPTURE(bit);
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    try {
      const SafeTensors content = reader.read(flipped);
      if (same(content, original)) continue;
      CHECK(content.tensors.size() == original.tensors.size());
      int unknown = 0;
      for (const auto& [name, value] : content.tensors) {
        const StateValue* before = original.tensors.find(name);
        unknown += !before;
        if (before && shape_of(value).numel() > 0) CHECK(same(value, *before));
      }
      CHECK(unknown <= 1);
      renamed += unknown;
      if (unknown) CHECK_THROWS_AS(load_state(original.tensors, content.tensors, "file"), std::invalid_argument);
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(renamed > 0);
  CHECK(refused > 1500);
}

TEST_CASE("hostile lengths") {
  const Reader reader;
  const auto with_length = [](std::uint64_t n, const std::string& rest) { return raw<std::uint64_t>({n}) + rest; };
  CHECK_REFUSED(with_length(1ull << 63, "{}"), "header of 9223372036854775808 bytes, expected at most 100000000");
  CHECK_REFUSED(with_length(~0ull, "{}"), "header of 18446744073709551615 bytes");
  CHECK_REFUSED(with_length(100'000'001, "{}"), "expected at most 100000000");
  CHECK_REFUSED(with_length(100'000'000, "{}          "), "header of 100000000 bytes in a file of 20");
  CHECK_REFUSED(with_length(3, "{}"), "header of 3 bytes in a file of 10");
  CHECK_REFUSED(with_length(0, ""), "does not start with '{'");
}

TEST_CASE("hostile JSON") {
  const Reader reader;
  const auto refused = [&](const std::string& header, const std::string& reason) {
    CAPTURE(header.substr(0, 80));
    CHECK_REFUSED(file_with(header, "12345678"), reason);
  };
  const auto entry = [](const std::string& fields) { return R"({"x":{)" + fields + "}}"; };
  const std::string good = R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";
  refused("[]", "does not start with '{'");
  refused(" {}", "does not start with '{'");
  refused("\xef\xbb\xbf{}", "does not start with '{'");
  refused("{", "not JSON at byte 9");
  refused("{}}", "not JSON at byte 10");
  refused(entry(good) + "x", "not JSON at byte");
  refused(R"({"x")", "not JSON");
  refused(std::string("{}\0\0", 4), "NUL byte");
  refused(R"({"x":5})", "header, tensor 'x': a number where the format has none");
  refused(R"({"x":[]})", "an array where");
  refused(R"({"x":"F32"})", "a string where");
  refused(R"({"x":null})", "null where");
  refused(R"({"x":true})", "true or false where");
  refused(R"({"x":{}})", "tensor 'x' lacks dtype, shape or data_offsets");
  refused(entry(R"("dtype":"F32","shape":[2])"), "lacks dtype, shape or data_offsets");
  refused(entry(R"("dtype":"F99","shape":[2],"data_offsets":[0,8])"), "dtype 'F99' is none of F64, F32");
  refused(entry(R"("dtype":"F4\n","shape":[2],"data_offsets":[0,8])"), "dtype 'F4\\x0A' is none of");
  refused(entry(R"("dtype":32,"shape":[2],"data_offsets":[0,8])"), "tensor 'x', 'dtype': a number");
  refused(entry(good + R"(,"more":"")"), "tensor 'x', 'more': a string");
  refused(entry(good + R"(,"more":{})"), "tensor 'x', 'more': an object");
  refused(entry(good + R"(,"shape":[2])"), "tensor 'x': shape occurs twice");
  refused(R"({"x":{)" + good + R"(},"x":{)" + good + "}}", "the name 'x' occurs twice");
  refused(R"({"x":{)" + good + R"(},"\u0078":{)" + good + "}}", "the name 'x' occurs twice");
  refused(R"({"__metadata__":{},"__metadata__":{}})", "'__metadata__' occurs twice");
  refused(R"({"__metadata__":{"a":"","a":""}})", "metadata key 'a' occurs twice");
  refused(R"({"__metadata__":{"epoch":3}})", "'epoch': a number");
  refused(R"({"__metadata__":{"a":{}}})", "'a': an object");
  refused(R"({"__metadata__":{"a":["b"]}})", "'a': an array");
  refused(R"({"__metadata__":"a"})", "a string");
  refused(R"({"a\u0000b":{)" + good + "}}", "control character in its name");
  refused(R"({"a\nb":{)" + good + "}}", "control character in its name");
  refused("{\"\xff\":{" + good + "}}", "not JSON at byte 10");
  refused("{\"\xc0\xaf\":{" + good + "}}", "not JSON");
  refused(R"({"\ud800":{)" + good + "}}", "not JSON");
  refused("{\"x\":" + std::string(100'000, '['), "an array where");
  refused("{\"x\":{\"shape\":" + std::string(100'000, '['), "an array where");
  std::string nested = "{";
  for (int i = 0; i < 100'000; ++i) nested += "\"x\":{";
  refused(nested, "an object where");
  refused(R"({")" + std::string(5000, 'n') + R"(":{}})", "nnn...' lacks");
}

TEST_CASE("hostile shapes and offsets") {
  const Reader reader;
  const auto refused = [&](const std::string& dtype, const std::string& shape, const std::string& offsets,
                           const std::string& reason) {
    CAPTURE(shape);
    CAPTURE(offsets);
    CHECK_REFUSED(
        file_with(text(R"({"x":{"dtype":")", dtype, R"(","shape":)", shape, R"(,"data_offsets":)", offsets, "}}"),
                  "12345678"),
        reason);
  };
  refused("F32", "[4294967296,4294967296]", "[0,8]", "its shape has too many elements");
  refused("F32", "[9223372036854775808]", "[0,8]", "its shape has too many elements");
  refused("U8", "[18446744073709551615]", "[0,8]", "its shape has too many elements");
  refused("U8", "[1152921504606846976]", "[0,8]", "its shape has too many elements");
  refused("F32", "[0,4611686018427387904]", "[0,0]", "its shape has too many elements");
  refused("F32", "[4611686018427387904,4611686018427387904,0]", "[0,0]", "its shape has too many elements");
  refused("F32", "[18446744073709551616]", "[0,8]", "a number with a fraction or exponent");
  refused("F32", "[2.0]", "[0,8]", "a number with a fraction or exponent");
  refused("F32", "[1e30]", "[0,8]", "a number with a fraction or exponent");
  refused("F32", "[1e400]", "[0,8]", "not JSON");
  refused("F32", "[-2]", "[0,8]", "a negative number");
  refused("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]", "more than 8 numbers in shape; tensors have at most 8 axes here");
  refused("F32", "2", "[0,8]", "'shape': a number");
  refused("F32", "[[2]]", "[0,8]", "'shape': an array");
  refused("F32", R"(["2"])", "[0,8]", "'shape': a string");
  refused("F32", "[3]", "[0,8]", "data_offsets 0..8, but F32 [3] takes 12 bytes");
  refused("F32", "[2]", "[8,0]", "data_offsets 8..0, but F32 [2] takes 8 bytes");
  refused("F32", "[2]", "[18446744073709551608,0]", "takes 8 bytes");
  refused("F32", "[2]", "[4,12]", "starts at byte 4 of the data, expected 0 (a hole)");
  refused("F32", "[4]", "[0,16]", "71 bytes, expected 79");
  refused("F32", "[1]", "[0,4]", "70 bytes, expected 66");
  refused("F32", "[2]", "[0]", "data_offsets has 1 numbers, expected 2");
  refused("F32", "[2]", "[0,8,8]", "data_offsets has 3 numbers, expected 2");
  refused("F32", "[2]", "[0,8.0]", "a number with a fraction or exponent");
  refused("F32", "[2]", "[-8,0]", "a negative number");

  const auto two = [&](const std::string& a, const std::string& b, const std::string& reason) {
    CHECK_REFUSED(file_with(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                                R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                            "12345678"),
                  reason);
  };
  two("[0,4]", "[0,4]", "tensor 'b' starts at byte 0 of the data, expected 4 (an overlap)");
  two("[0,4]", "[3,7]", "tensor 'b' starts at byte 3 of the data, expected 4 (an overlap)");
  two("[0,4]", "[5,9]", "tensor 'b' starts at byte 5 of the data, expected 4 (a hole)");
  two("[4,8]", "[1,5]", "tensor 'b' starts at byte 1 of the data, expected 0 (a hole)");
  CHECK_REFUSED(kGolden + "P", "161 bytes, expected 160");
  CHECK_REFUSED(kGolden + "PK\3\4 a zip archive", "expected 160");
}

long peak_kilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  return 0;
}

// AddressSanitizer keeps what was freed, to notice who uses it still.
#if defined(__SANITIZE_ADDRESS__)
constexpr long kMostKilobytes = 128 * 1024;
#elif defined(__has_feature)
constexpr long kMostKilobytes = __has_feature(address_sanitizer) ? 128 * 1024 : 32 * 1024;
#else
constexpr long kMostKilobytes = 32 * 1024;
#endif

// Memory where the header itself is the bomb.
TEST_CASE("hostile headers of any size fail in little memory") {
  const Reader reader;
  std::string tensors = "{";
  for (int i = 0; i < 1'000'000; ++i)
    tensors += text(i ? "," : "", "\"t", i, R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})");
  std::string pairs;
  for (int i = 0; i < 1'000'000; ++i) pairs += text(",\"", i, "\":\"\"");
  const std::pair<std::string, const char*> bombs[] = {
      {tensors + "}", "more than 16384 tensors"},
      {"{\"" + std::string(20'000'000, 'n'), "an entry of the header takes more than 2097152 bytes"},
      {"{" + std::string(20'000'000, ' '), "an entry of the header takes more than 2097152 bytes"},
      {"{\"x\":{\"shape\":[" + std::string(20'000'000, '1'), "an entry of the header takes more than 2097152 bytes"},
      {"{\"__metadata__\":{\"\":\"\"" + pairs, "more than 16384 metadata strings"},
      {"{\"x\":{\"shape\":[1" + std::string(20'000'000, ','), "not JSON"},
  };
  for (const auto& [header, reason] : bombs) {
    std::ofstream(reader.path, std::ios::binary) << file_with(header);
    std::ofstream("/proc/self/clear_refs") << 5;  // resets VmHWM
    const long before = peak_kilobytes();
    std::string message = "no error";
    try {
      read_safetensors(reader.path);
    } catch (const DataError& e) {
      message = e.what();
    }
    INFO(message.substr(0, 200), ": ", peak_kilobytes() - before, " KiB");
    CHECK(message.find(reason) != std::string::npos);
    CHECK(peak_kilobytes() - before < kMostKilobytes);
  }
}

TEST_CASE("what cannot be opened") {
  const Folder folder;
  const auto refusal = [](const fs::path& path) {
    try {
      read_safetensors(path);
    } catch (const DataError& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(refusal(folder.path / "none") ==
        (folder.path / "none").string() + ": cannot be opened: No such file or directory");
  CHECK(refusal(folder.path) == folder.path.string() + ": is not a regular file");
  const fs::path pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(refusal(pipe) == pipe.string() + ": is not a regular file");  // and does not wait for a writer
}

std::string write_refusal(const fs::path& path, const SafeTensors& content) {
  try {
    write_safetensors(path, content);
  } catch (const std::exception& e) {
    return e.what();
  }
  return "no error";
}

TEST_CASE("names that a file cannot hold") {
  const Folder folder;
  const auto refusal = [&](const std::string& name) {
    SafeTensors content = golden_content();
    content.tensors.add(name, IntTensor());
    return write_refusal(folder.path / "file", content);
  };
  CHECK(refusal("bn.weight") == "safetensors: cannot save two tensors under the name 'bn.weight'");
  CHECK(refusal("__metadata__") == "safetensors: cannot save two tensors under the name '__metadata__'");
  CHECK(refusal("a\nb") == "safetensors: a tensor's name has a control character");
  CHECK(refusal("\xff") == "safetensors: a name or metadata string is not UTF-8");
  CHECK(folder.names().empty());
}

TEST_CASE("what could not be read again is not written") {
  const Folder folder;
  SafeTensors many, keys, wordy;
  for (int i = 0; i <= 16384; ++i) {
    many.tensors.add(text(i), IntTensor());
    keys.metadata[text(i)] = "";
  }
  CHECK(write_refusal(folder.path / "file", many) == "safetensors: cannot save 16385 tensors, at most 16384");
  CHECK(write_refusal(folder.path / "file", keys) == "safetensors: cannot save 16385 metadata strings, at most 16384");
  wordy.metadata["x"] = std::string(1 << 20, 'y');
  CHECK(write_refusal(folder.path / "file", wordy) ==
        "safetensors: cannot save metadata of 1048582 bytes, at most 1048576");
  wordy.metadata["x"].resize((1 << 20) - 6);
  write_safetensors(folder.path / "file", wordy);
  CHECK(same(read_safetensors(folder.path / "file"), wordy));
}

TEST_CASE("a long header of short entries is read") {
  const Folder folder;
  SafeTensors many;
  for (int i = 0; i < 16384; ++i) many.tensors.add(text(100000 + i, std::string(200, '.')), IntTensor({}, i));
  write_safetensors(folder.path / "file", many);
  CHECK(fs::file_size(folder.path / "file") > 4'000'000);
  const SafeTensors content = read_safetensors(folder.path / "file");
  REQUIRE(content.tensors.size() == 16384);
  std::int64_t expected = 0;
  for (const auto& [name, value] : content.tensors) CHECK(std::get<IntTensor>(value).data()[0] == expected++);
}

TEST_CASE("a write that fails leaves the old file and nothing else") {
  const Folder folder;
  const fs::path path = folder.path / "file.safetensors";
  write_safetensors(path, golden_content());
  SafeTensors large;
  large.tensors.add("large", Tensor::zeros({100'000}));

  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  for (rlim_t limit : {0u, 1u, 100u, 4096u, 100'000u}) {  // a short write first, then the error
    const rlimit small = {limit, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string message = write_refusal(path, large);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(message.starts_with(path.string() + ": cannot write: File too large (the file takes 400080 bytes, the disk"));
    CHECK(bytes_of_file(path) == kGolden);
    CHECK(folder.names() == std::vector<std::string>{"file.safetensors"});
  }
  write_safetensors(path, large);
  CHECK(fs::file_size(path) == 400080);
}

TEST_CASE("where nothing can be written, the message says why") {
  const Folder folder;
  const fs::path lost = folder.path / "none" / "file";
  CHECK(write_refusal(lost, {}).starts_with(lost.string() + ": cannot open its folder: No such file or directory"));
  const fs::path taken = folder.path / "folder";
  fs::create_directories(taken / "inside");
  CHECK(write_refusal(taken, {}).starts_with(taken.string() + ": cannot rename: Is a directory"));
  CHECK(folder.names() == std::vector<std::string>{"folder"});
}

TEST_CASE("a path without a folder is in the current one") {
  const Folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path);
  write_safetensors("file", golden_content());
  const bool good = same(read_safetensors("file"), golden_content());
  fs::current_path(before);
  CHECK(good);
}

}  // namespace
}  // namespace ek
