"""Every kind of image file becomes the uint8 pixels that it shows."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from augbench.bench.data.sources.pixels import decode, over_white, stretch, survey
from augbench.bench.data.sources.source import UnreadableImageError
from PIL import Image

from tests.bench.making_images import encoded, picture

SIZE = (20, 30)
#: what EXIF orientation n asks a viewer to do with the stored rows (EXIF 2.32, tag 274)
TURNED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a.transpose(1, 0, 2), 2),
    8: lambda a: np.rot90(a, 1),
}


def shown(data: bytes) -> np.ndarray:
    """The pixels at the file's own size and channels."""
    height, width, grey = survey(data)
    return decode(data, (height, width), 1 if grey else 3)


@pytest.mark.parametrize("options", [("PNG",), ("BMP",), ("TIFF",), ("PPM",), ("WEBP", "lossless")])
def test_lossless_colour_files_give_the_pixels_that_were_written(options: tuple[str, ...]) -> None:
    pixels = picture(*SIZE)
    data = encoded(pixels, options[0], **dict.fromkeys(options[1:], True))
    np.testing.assert_array_equal(shown(data), pixels)


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "GIF", "PPM"])
def test_grey_files_stay_one_channel(file_format: str) -> None:
    pixels = picture(*SIZE, channels=1)
    np.testing.assert_array_equal(shown(encoded(pixels, file_format))[:, :, 0], pixels)


def test_a_jpeg_is_decoded_as_open_cv_does() -> None:
    data = encoded(picture(*SIZE), "JPEG", quality=95)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    assert np.abs(shown(data).astype(int) - other).max() <= 3


def test_a_grey_jpeg_stays_one_channel_and_becomes_three_equal_ones_on_request() -> None:
    data = encoded(picture(*SIZE, channels=1), "JPEG")
    assert shown(data).shape == (*SIZE, 1)
    colour = decode(data, SIZE, 3)
    np.testing.assert_array_equal(colour, np.repeat(shown(data), 3, axis=2))


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "GIF"])
def test_one_bit_pixels_are_black_and_white(file_format: str) -> None:
    bits = np.random.default_rng(0).random(SIZE) < 0.5
    data = encoded(Image.fromarray(bits), file_format)
    np.testing.assert_array_equal(shown(data)[:, :, 0], np.where(bits, 255, 0))


def test_a_colour_palette_is_looked_up() -> None:
    palette = np.array([[255, 0, 0], [0, 128, 0], [10, 20, 30], [255, 255, 255]], np.uint8)
    index = np.random.default_rng(0).integers(0, 4, SIZE).astype(np.uint8)
    image = Image.fromarray(index, "L")
    image.putpalette(palette.tobytes())
    np.testing.assert_array_equal(shown(encoded(image, "PNG")), palette[index])


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_grey_is_divided_by_257_and_not_clipped(suffix: str) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, SIZE).astype(np.uint16)
    deep[0, :3] = 0, 32768, 65535
    data = cv2.imencode(suffix, deep)[1].tobytes()
    np.testing.assert_array_equal(shown(data)[:, :, 0], np.rint(deep / 257))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_sixteen_bit_colour_keeps_its_high_bytes(suffix: str) -> None:
    deep = np.random.default_rng(0).integers(0, 65536, (*SIZE, 3)).astype(np.uint16)
    data = cv2.imencode(suffix, deep)[1].tobytes()
    np.testing.assert_array_equal(shown(data), deep[:, :, ::-1] >> 8)


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_becomes_the_colours_that_the_inks_leave(file_format: str) -> None:
    inks = (200, 40, 10, 60)
    data = encoded(Image.new("CMYK", (16, 16), inks), file_format)
    expected = [(255 - ink) * (255 - inks[3]) / 255 for ink in inks[:3]]
    assert survey(data) == (16, 16, False)
    assert np.abs(shown(data) - np.array(expected)).max() <= 3


def test_alpha_is_composited_over_white() -> None:
    rng = np.random.default_rng(0)
    rgba = rng.integers(0, 256, (*SIZE, 4)).astype(np.uint8)
    share = rgba[:, :, 3:] / 255
    expected = rgba[:, :, :3] * share + 255 * (1 - share)
    for data in (encoded(rgba, "PNG"), encoded(rgba, "WEBP", lossless=True, exact=True)):
        assert np.abs(shown(data) - expected).max() <= 1
    assert np.abs(over_white(rgba) - expected).max() <= 0.5


def test_grey_with_alpha_is_grey_over_white() -> None:
    rng = np.random.default_rng(0)
    grey, alpha = rng.integers(0, 256, (2, *SIZE)).astype(np.uint8)
    image = Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)])
    expected = grey * (alpha / 255) + 255 * (1 - alpha / 255)
    found = shown(encoded(image, "PNG"))
    assert found.shape == (*SIZE, 1)
    assert np.abs(found[:, :, 0] - expected).max() <= 1


@pytest.mark.parametrize("mode", ["P", "RGB", "L", "1"])
def test_a_transparent_colour_becomes_white(mode: str) -> None:
    image = Image.new("L" if mode == "1" else mode, (4, 2), 0)
    keys = {"P": 0, "RGB": (0, 0, 0), "L": 0, "1": 0}
    if mode == "P":
        image.putpalette([10, 20, 30, 200, 100, 50])
        image.putpixel((0, 0), 1)
    else:
        image.putpixel((0, 0), 120 if mode in "L1" else (200, 100, 50))
    if mode == "1":
        image = image.point(lambda value: 255 * (value > 100)).convert("1")
    found = decode(encoded(image, "PNG", transparency=keys[mode]), (2, 4), 3)
    assert (found[1] == 255).all()
    assert found[0, 0].tolist() == {"L": [120] * 3, "1": [255] * 3}.get(mode, [200, 100, 50])


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_upright(file_format: str, orientation: int) -> None:
    pixels = picture(24, 40)
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    if file_format == "JPEG":
        options = {"quality": 98, "subsampling": 0}
    data = encoded(pixels, file_format, exif=exif, **options)
    expected = TURNED[orientation](pixels)
    assert survey(data)[:2] == expected.shape[:2]
    found = shown(data).astype(int)
    assert np.abs(found - expected).max() <= (12 if file_format == "JPEG" else 0)


def test_an_unknown_orientation_is_no_turn() -> None:
    exif = Image.Exif()
    exif[274] = 99
    pixels = picture(*SIZE)
    np.testing.assert_array_equal(shown(encoded(pixels, "PNG", exif=exif)), pixels)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_only_the_first_frame_counts(file_format: str) -> None:
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = encoded(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    assert (shown(data) == [255, 0, 0]).all()


def test_shrinking_averages_areas_and_stretches_without_cropping() -> None:
    pixels = picture(40, 60, channels=1)
    means = pixels.reshape(10, 4, 10, 6).mean(axis=(1, 3))
    found = decode(encoded(pixels, "PNG"), (10, 10), 1)
    assert np.abs(found[:, :, 0] - means).max() <= 1
    np.testing.assert_array_equal(stretch(pixels[:, :, None], (10, 10)), found)


@pytest.mark.parametrize(("block", "mean_error"), [(8, 1), (10, 4), (16, 2), (20, 2.5)])
def test_a_large_jpeg_with_fine_detail_shrinks_to_its_area_means_too(
    block: int, mean_error: float
) -> None:
    coarse = np.random.default_rng(0).integers(0, 256, (58, 92, 3)).astype(np.uint8)
    pixels = cv2.resize(coarse, (640, 400), interpolation=cv2.INTER_CUBIC)
    size = 400 // block, 640 // block
    means = pixels.reshape(size[0], block, size[1], block, 3).mean(axis=(1, 3))
    found = decode(encoded(pixels, "JPEG", quality=95, subsampling=0), size, 3)
    error = np.abs(found - means).mean()
    assert error < mean_error, error


def test_parts_of_a_reduced_jpegs_pixels_count_at_the_edges_of_areas() -> None:
    row = np.repeat(np.array([0, 80, 160, 240], np.uint8), 24)  # 24 px at a quarter, 4.8 for each
    found = decode(encoded(np.tile(row, (96, 1)), "JPEG", quality=100), (4, 5), 1)
    parts = row.repeat(5).reshape(5, 96)
    assert np.abs(found[:, :, 0] - parts.mean(axis=1)).max() <= 2


def test_enlarging_is_bilinear() -> None:
    row = decode(encoded(np.array([[0, 100]], np.uint8), "PNG"), (1, 4), 1)[0, :, 0]
    assert row.tolist() == [0, 25, 75, 100]


def _png_of_claimed_size(side: int) -> bytes:
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + struct.pack(">I", 0)
        + b"IDAT"
        + struct.pack(">I", zlib.crc32(b"IDAT"))
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"this is no image", "not a JPEG, PNG"),
        (encoded(picture(64, 64), "JPEG")[:600], "Truncated"),
        (encoded(picture(64, 64), "PNG")[:2000], "truncated"),
        (encoded(Image.new("F", (8, 8), 0.5), "TIFF"), "32-bit float"),
        (encoded(Image.new("I", (8, 8), 70_000), "TIFF"), "32-bit pixels"),
        (_png_of_claimed_size(60_000), "exceeds limit"),
    ],
)
def test_what_cannot_be_read_says_why_on_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImageError, match=reason) as caught:
        decode(data, (8, 8), 3)
    assert "\n" not in str(caught.value)
    assert "0x" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_other_damage_is_never_another_exception() -> None:
    rng = np.random.default_rng(0)
    originals = [
        encoded(picture(*SIZE), kind) for kind in ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF")
    ]
    for number in range(300):
        data = bytearray(originals[number % len(originals)])
        for place in rng.integers(0, len(data), 4):
            data[place] = rng.integers(0, 256)
        for read in (survey, lambda bytes_: decode(bytes_, (8, 8), 3)):
            try:
                read(bytes(data))
            except UnreadableImageError as error:
                assert "\n" not in str(error)
