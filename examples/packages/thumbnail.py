# /// script
# dependencies = ["pillow"]
# ///
"""Makes a small picture of a large one.

    v8py exec --file photo.png --files-out . thumbnail.py photo.png
"""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

source = Path(sys.argv[1])
picture = ImageOps.exif_transpose(Image.open(source)).convert("RGB")
picture.thumbnail((256, 256), Image.Resampling.LANCZOS)
ImageDraw.Draw(picture).rectangle((0, 0, picture.width - 1, picture.height - 1), outline="white")
target = source.with_suffix(".thumb.jpg")
picture.save(target, quality=85, optimize=True)
print(target, picture.size)
