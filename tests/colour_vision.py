"""How far apart colours look: contrast, colour blindness, and the difference CIEDE2000."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np

# Linear-light matrices for full colour blindness (Machado, Oliveira and Fernandes 2009, "A
# physiologically-based model for simulation of color vision deficiency", severity 1).
SIGHT = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
SRGB_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
#: Backgrounds on which the colours have to be read: paper and panel.
LIGHT = ("#fffefb", "#f6f4ee")
DARK = ("#16191d", "#21262c")


def linear(colour: str) -> np.ndarray:
    """Return the linear light of a colour, red, green and blue."""
    c = np.array(mpl.colors.to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, background: str) -> float:
    """Return the contrast ratio of WCAG 2."""
    light, dark = sorted(
        (SRGB_TO_XYZ[1] @ linear(one) for one in (colour, background)), reverse=True
    )
    return float((light + 0.05) / (dark + 0.05))


def lab(colour: str, sight: np.ndarray) -> np.ndarray:
    """Return CIELAB (D65) of a colour as someone with this sight sees it."""
    xyz = SRGB_TO_XYZ @ np.clip(sight @ linear(colour), 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def delta_e2000(one: np.ndarray, other: np.ndarray) -> float:
    """Return CIEDE2000 between two colours in CIELAB (Sharma, Wu and Dalal 2005)."""
    (L1, a1, b1), (L2, a2, b2) = one, other
    C = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(C**7 / (C**7 + 25.0**7))
    C1, C2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    h1 = np.degrees(np.arctan2(b1, a1 * stretch)) % 360
    h2 = np.degrees(np.arctan2(b2, a2 * stretch)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if C1 * C2 else 0.0
    h = (h1 + turn / 2) % 360 if C1 * C2 else h1 + h2
    dL, dC, dH = L2 - L1, C2 - C1, 2 * np.sqrt(C1 * C2) * np.sin(np.radians(turn) / 2)
    L, C = (L1 + L2) / 2, (C1 + C2) / 2
    T = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    dL /= 1 + 0.015 * (L - 50) ** 2 / np.sqrt(20 + (L - 50) ** 2)
    dC /= 1 + 0.045 * C
    dH /= 1 + 0.015 * C * T
    lean = 2 * np.sqrt(C**7 / (C**7 + 25.0**7))
    lean *= -np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    return float(np.sqrt(dL**2 + dC**2 + dH**2 + lean * dC * dH))


def closest(colours: Mapping[str, str], sight: str) -> tuple[float, str, str]:
    """Return the smallest difference between any two named colours, and their names."""
    seen = {name: lab(colour, SIGHT[sight]) for name, colour in colours.items()}
    return min(
        (delta_e2000(seen[one], seen[other]), one, other)
        for one, other in itertools.combinations(seen, 2)
    )
