#include "evenkeel/data/image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "encode.h"
#include "evenkeel/core/base/check.h"
#include "evenkeel/core/base/shape.h"
#include "evenkeel/core/files/file.h"
#include "evenkeel/core/ops/random.h"
#include "tests/data/encode.h"
#include "tests/data/files.h"

using namespace ek;

namespace {

// 8x8 pixels, the left half (200, 60, 20), the right half (20, 60, 200), written by stbi_write_jpg with
// quality 90.
const char* const kJpeg =
    "ffd8ffe000104a46494600010100000100010000ffdb0084000302020302020303030304030304050805050404050a"
    "070706080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f1718161418121415140103040405"
    "040509050509140d0b0d14141414141414141414141414141414141414141414141414141414141414141414141414"
    "14141414141414141414141414ffc00011080008000803012200021101031101ffc401a20000010501010101010100"
    "000000000000000102030405060708090a0b100002010303020403050504040000017d010203000411051221314106"
    "13516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a4344"
    "45464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999a"
    "a2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1"
    "f2f3f4f5f6f7f8f9fa0100030101010101010101010000000000000102030405060708090a0b110002010204040304"
    "0705040400010277000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a1624"
    "34e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a73747576"
    "7778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8"
    "c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9faffda000c03010002110311003f00f01f1e7f"
    "cb8ffdb4ff00d96b92aeb7c79ff2e3ff006d3ff65ae4abf7cf0cbfe493c1ff00dc4ffd3b3387c43ff929f15ff6e7fe"
    "9b81ffd9";

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return out;
}

/// Writes the bytes into a file and reads it as an image [3, height, width].
Bytes decoded(const Bytes& file, std::int64_t height, std::int64_t width) {
  TempDir dir;
  write_file(dir.path / "x", file);
  Bytes pixels(static_cast<std::size_t>(3 * height * width));
  read_image(dir.path / "x", {3, height, width}, pixels);
  return pixels;
}

std::string error_with(const Bytes& file) {
  std::string message = error_of<DataError>([&] { decoded(file, 4, 4); });
  return message.substr(message.find("/x: ") + 4);
}

/// [height, width, 3], pixel (y, x) = (10 y, 10 x, 7)
Bytes ramp(std::uint32_t height, std::uint32_t width) {
  Bytes rgb;
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      put(rgb, {static_cast<std::uint8_t>(10 * y), static_cast<std::uint8_t>(10 * x), 7});
  return rgb;
}

}  // namespace

TEST_CASE("an image of the wanted size comes out as it is, one channel after another") {
  const Bytes pixels = decoded(bmp(3, 2, ramp(2, 3)), 2, 3);
  CHECK(pixels == Bytes{0, 0, 0, 10, 10, 10, 0, 10, 20, 0, 10, 20, 7, 7, 7, 7, 7, 7});
}

TEST_CASE("PNG: grey is repeated, transparency laid over white, 16 bits become 8") {
  CHECK(decoded(png(2, 1, 8, 0, {{5, 250}}), 1, 2) == Bytes{5, 250, 5, 250, 5, 250});
  CHECK(decoded(png(2, 1, 8, 2, {{1, 2, 3, 4, 5, 6}}), 1, 2) == Bytes{1, 4, 2, 5, 3, 6});
  CHECK(decoded(png(2, 1, 8, 6, {{1, 2, 3, 0, 4, 5, 6, 255}}), 1, 2) ==
        Bytes{255, 4, 255, 5, 255, 6});
  CHECK(decoded(png(1, 1, 8, 6, {{100, 0, 255, 51}}), 1, 1) ==
        Bytes{224, 204, 255});                                              // a fifth of it
  CHECK(decoded(png(1, 1, 8, 4, {{0, 0}}), 1, 1) == Bytes{255, 255, 255});  // grey with opacity
  const Bytes transparent_black = png_chunk("tRNS", {0, 0, 0, 0, 0, 0});
  CHECK(decoded(png(2, 1, 8, 2, {{0, 0, 0, 1, 0, 0}}, transparent_black), 1, 2) ==
        Bytes{255, 1, 255, 0, 255, 0});
  CHECK(decoded(png(1, 1, 16, 2, {{9, 255, 8, 0, 7, 128}}), 1, 1) == Bytes{9, 8, 7});
}

TEST_CASE("JPEG: the colours come back, roughly") {
  const Bytes pixels = decoded(from_hex(kJpeg), 8, 8);
  const auto near = [&](std::size_t at, int expected) {
    return std::abs(pixels[at] - expected) <= 24;
  };
  CHECK(near(0, 200));         // red, left
  CHECK(near(7, 20));          // red, right
  CHECK(near(64 + 9, 60));     // green
  CHECK(near(128 + 56, 20));   // blue, left
  CHECK(near(128 + 63, 200));  // blue, right
}

TEST_CASE("an image of another aspect ratio is cropped around its centre") {
  // 4 high, 8 wide -> 4x4: the columns 2..5 stay, and no pixel changes.
  const Bytes wide = decoded(bmp(8, 4, ramp(4, 8)), 4, 4);
  CHECK(Bytes(wide.begin(), wide.begin() + 4) == Bytes{0, 0, 0, 0});
  CHECK(Bytes(wide.begin() + 16, wide.begin() + 20) == Bytes{20, 30, 40, 50});
  // 9 high, 4 wide -> 4x4: the rows 2..5.
  const Bytes high = decoded(bmp(4, 9, ramp(9, 4)), 4, 4);
  CHECK(high[0] == 20);
  CHECK(high[12] == 50);
  CHECK(high[16 + 3] == 30);
}

TEST_CASE("an image of another size is resized: one colour stays, and extreme sizes work") {
  const std::vector<Shape> sizes = {{1, 1}, {64, 64}, {1, 16385}, {16385, 1}, {7, 5}};
  for (const Shape& size : sizes) {
    const auto height = static_cast<std::uint32_t>(size[0]),
               width = static_cast<std::uint32_t>(size[1]);
    Bytes rgb;
    for (std::uint32_t i = 0; i < width * height; ++i) put(rgb, {200, 100, 50});
    const Bytes pixels = decoded(bmp(width, height, rgb), 32, 32);
    CAPTURE(size);
    CHECK(std::all_of(pixels.begin(), pixels.begin() + 1024, [](int v) { return v == 200; }));
    CHECK(std::all_of(pixels.begin() + 2048, pixels.end(), [](int v) { return v == 50; }));
  }
  Bytes halves;  // 64x64: the left half black, the right half white
  for (int i = 0; i < 64 * 64; ++i)
    put(halves, i % 64 < 32 ? Bytes{0, 0, 0} : Bytes{255, 255, 255});
  const Bytes small = decoded(bmp(64, 64, halves), 32, 32);
  CHECK(small[12] == 0);
  CHECK(small[19] == 255);
}

TEST_CASE("what is no image is an error that says why") {
  CHECK(error_with({}) == "the file is empty, expected an image");
  CHECK(error_with({'h', 'e', 'l', 'l', 'o'}) == "is no JPEG, PNG or BMP image");
  Bytes jpeg = from_hex(kJpeg);
  jpeg.resize(30);
  CHECK(error_with(jpeg) == "the file is cut off");
  Bytes cut = png(2, 1, 8, 2, {{1, 2, 3, 4, 5, 6}});
  cut.resize(cut.size() - 20);
  CHECK(error_with(cut) == "the file is cut off in chunk IDAT");
  Bytes wrong = png(2, 1, 8, 2, {{1, 2, 3, 4, 5, 6}});
  wrong[11] = 14;  // the length of the first chunk
  CHECK(error_with(wrong) ==
        "the checksum (CRC-32) of chunk IHDR does not match: the file is damaged");
  CHECK(error_with({'h', 'e', 'l', 'l', 'o'}) ==
        "is no JPEG, PNG or BMP image");  // not the reason of the last one
}

TEST_CASE(
    "JPEG: a Huffman table of more symbols than the decoder has room for is refused, cut off or "
    "not") {
  Bytes jpeg = from_hex(kJpeg);
  const Bytes tables = {0xFF, 0xC4};
  const auto found =
      std::search(jpeg.begin(), jpeg.end(), tables.begin(), tables.end()) - jpeg.begin();
  const auto counts =
      static_cast<std::size_t>(found) + 5;  // after marker, length and the table's number
  REQUIRE(jpeg[counts + 1] == 1);
  jpeg[counts] = 255;
  jpeg[counts + 1] = 34;
  CHECK(error_with(jpeg) == "a Huffman table of 300 symbols, expected at most 256");
  jpeg.resize(counts + 16);
  CHECK(error_with(jpeg) == "the file is cut off");
}

TEST_CASE("an image that declares a huge size is refused before memory is taken") {
  MemoryCap cap;
  CHECK(error_with(png(16384, 16384, 8, 2, {{1}})) ==
        "declares 16384x16384 pixels, expected at most 67108864");
  CHECK(error_with(png(50000, 50000, 8, 2, {{1}})) ==
        "declares 50000x50000 pixels, expected at most 67108864");
  CHECK(error_with(png(0xFFFFFFFF, 2, 8, 2, {{1}})) ==
        "declares 4294967295x2 pixels, expected at most 67108864");
}

TEST_CASE("what is no regular file is refused at once") {
  TempDir dir;
  Bytes pixels(12);
  const auto error = [&](const fs::path& path) {
    return error_of<DataError>([&] { read_image(path, {3, 2, 2}, pixels); });
  };
  const fs::path pipe = dir.path / "pipe.png", link = dir.path / "link.png";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink("nowhere.png", link);
  CHECK(error(pipe) == pipe.string() + ": is not a regular file");
  CHECK(error(dir.path) == dir.path.string() + ": is not a regular file");
  CHECK(error("/dev/null") == "/dev/null: is not a regular file");
  CHECK(error(link) == link.string() + ": cannot be opened: No such file or directory");
  fs::create_symlink("loop.png", dir.path / "loop.png");
  CHECK(error(dir.path / "loop.png").find("cannot be opened: Too many levels") !=
        std::string::npos);
}

TEST_CASE("a damaged image is decoded or refused, whatever byte is wrong") {
  const std::vector<Bytes> originals = {from_hex(kJpeg),
                                        png(4, 4, 8, 6, std::vector<Bytes>(4, Bytes(16, 77))),
                                        bmp(4, 4, ramp(4, 4))};
  const Stream stream(7, "damage");
  TempDir dir;
  Bytes pixels(48);
  int refused = 0;
  std::uint64_t draw = 0;
  for (const Bytes& original : originals) {
    for (int round = 0; round < 250; ++round) {
      Bytes bytes = original;
      for (std::uint64_t wrong = 1 + stream.below(3, draw++); wrong > 0; --wrong) {
        const std::uint64_t at = stream.below(bytes.size(), draw++);
        bytes[at] = static_cast<std::uint8_t>(stream.below(256, draw++));
      }
      if (stream.below(4, draw++) == 0) bytes.resize(stream.below(bytes.size(), draw++));
      write_file(dir.path / "x", bytes);
      try {
        read_image(dir.path / "x", {3, 4, 4}, pixels);
      } catch (const DataError&) {
        ++refused;
      }
    }
  }
  CHECK(refused > 50);
}
