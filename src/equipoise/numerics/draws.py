"""Random draws from Philox words: uniform, exponential, normal and chi-square variates.

The words are those of :mod:`equipoise.numerics.philox`, and so are the addresses. Logarithm and
exponential are written out here in ``+ - * /``, square roots and operations on bits, which IEEE 754
rounds in one way only. No mathematics library is called and nothing is contracted, so that a draw
has the same bits on every processor. There are no branches, so that loops over words vectorise.
(:func:`chi_square` and the quantile it uses have branches; they make one variate at a time.)

The steps divide by the rules of IEEE 754 (``error_model="numpy"``): Python's check for a zero
divisor would be a branch.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, uint32, uint64

from equipoise.numerics.philox import philox

_SHIFT_32 = np.uint64(32)
_SHIFT_52 = np.uint64(52)
_SHIFT_63 = np.uint64(63)
_LOW_63 = np.uint64((1 << 63) - 1)
_BIAS = np.uint64(1023)

# Adding _TO_ROOT_HALF to the bits of x moves the edge of the mantissa from 1 to sqrt(1/2).
_ROOT_HALF = np.uint64(0x3FE6A09E << 32)
_TO_ROOT_HALF = np.uint64((0x3FF00000 - 0x3FE6A09E) << 32)
_MANTISSA = np.uint64((1 << 52) - 1)
_TWO_52_BITS = np.uint64(0x433 << 52)
_TWO_52 = 2.0**52
_ROUNDER = 1.5 * 2.0**52

_LN2 = 6.931471805599453e-01
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_LOG2_E = 1.4426950408889634

_WORD = 2.0**-32
_HALF_RANGE = 2.0**31
_CENTRE = 2.0**31 - 0.5
_TWO_MINUS_64 = 2.0**-64

# log(1 + f) = f - f^2 / 2 + ..., the coefficients of fdlibm's __ieee754_log.
_LG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)

# The coefficients of fdlibm's __ieee754_exp.
_EX = (
    1.66666666666666019037e-01,
    -2.77777777770155933842e-03,
    6.61375632143793436117e-05,
    -1.65339022054652515390e-06,
    4.13813679705723846039e-08,
)

# log(1 + f) on [sqrt(1/2) - 1, sqrt(2) - 1] to 2.9e-12, a polynomial of degree 13 (least squares on
# 3000 Chebyshev nodes, reweighted after Lawson 1961 towards the least greatest error).
_LOG_SHORT = (
    1.3993320391314512e-12,
    0.9999999999020958,
    -0.5000000011030326,
    0.3333333601977867,
    -0.24999987350266276,
    0.19999782764122503,
    -0.16667106949338403,
    0.14293408744801014,
    -0.12496829834953413,
    0.10978257002052454,
    -0.09905225912672457,
    0.10144368903192243,
    -0.10043620975791613,
    0.05352893210168864,
)

# The normal point z with upper tail h as a ratio of polynomials in s = sqrt(-log h), for h from
# 2^-33 to 1/2, to 5.5e-12 (linearised least squares on 3000 Chebyshev nodes, reweighted likewise).
_ABOVE = (
    -3.7337772567840446,
    -51.51589086478057,
    -78.5941419844025,
    78.1003749461916,
    99.55491963109905,
    19.938942553072977,
    0.6707695954343064,
)
_BELOW = (
    1.0,
    22.34194880282903,
    81.19267193694104,
    71.78243787903644,
    14.100388136153326,
    0.4743334866884472,
)

# Algorithm AS 241, routine PPND16 (Wichura 1988): the centre, and the tail up to and beyond s = 5.
_A = (
    3.3871328727963666080e0,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
_B = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
_C = (
    1.42343711074968357734e0,
    4.63033784615654529590e0,
    5.76949722146069140550e0,
    3.64784832476320460504e0,
    1.27045825245236838258e0,
    2.41780725177450611770e-1,
    2.27238449892691845833e-2,
    7.74545014278341407640e-4,
)
_D = (
    1.0,
    2.05319162663775882187e0,
    1.67638483018380384940e0,
    6.89767334985100004550e-1,
    1.48103976427480074590e-1,
    1.51986665636164571966e-2,
    5.47593808499534494600e-4,
    1.05075007164441684324e-9,
)
_E = (
    6.65790464350110377720e0,
    5.46378491116411436990e0,
    1.78482653991729133580e0,
    2.96560571828504891230e-1,
    2.65321895265761230930e-2,
    1.24266094738807843860e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
_F = (
    1.0,
    5.99832206555887937690e-1,
    1.36929880922735805310e-1,
    1.48753612908506148525e-2,
    7.86869131145613259100e-4,
    1.84631831751005468180e-5,
    1.42151175831644588870e-7,
    2.04426310338993978564e-15,
)

CHI_SQUARE_CALLS = 16
"""Philox calls that are set aside for one chi-square variate."""


@njit(forceinline=True, error_model="numpy")
def _split(x):  # type: ignore[no-untyped-def]
    """The k and f of x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for a positive normal x.

    k becomes a float by way of the bits of 2^52 + k: processors without AVX-512 cannot convert
    64-bit integers several at a time.
    """
    bits = np.float64(x).view(np.uint64) + _TO_ROOT_HALF
    k = np.uint64((bits >> _SHIFT_52) | _TWO_52_BITS).view(np.float64) - (_TWO_52 + 1023.0)
    return k, np.uint64((bits & _MANTISSA) + _ROOT_HALF).view(np.float64) - 1.0


@njit(forceinline=True, error_model="numpy")
def log_of(x):  # type: ignore[no-untyped-def]
    """Natural logarithm of a positive normal number.

    After fdlibm's ``__ieee754_log`` (Sun Microsystems 1993), without its branches.

    Parameters
    ----------
    x : float64
        Normal, finite and above 0; for others the result means nothing.

    Returns
    -------
    float64
        log(`x`), with an error below 1 unit in the last place, also near `x` = 1.
    """
    k, f = _split(x)
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (_LG[1] + w * (_LG[3] + w * _LG[5]))
    even = z * (_LG[0] + w * (_LG[2] + w * (_LG[4] + w * _LG[6])))
    half = 0.5 * f * f
    return k * _LN2_HIGH - ((half - (s * (half + (odd + even)) + k * _LN2_LOW)) - f)


@njit(forceinline=True, error_model="numpy")
def exp_of(x):  # type: ignore[no-untyped-def]
    """Exponential function.

    After fdlibm's ``__ieee754_exp`` (Sun Microsystems 1993), without its branches.

    Parameters
    ----------
    x : float64
        Not nan.

    Returns
    -------
    float64
        exp(`x`), with an error below 1 unit in the last place for -708 <= `x` <= 709; 0 below that
        range and infinity above it.
    """
    kept = min(max(x, -708.0), 709.0)
    shifted = kept * _LOG2_E + _ROUNDER
    k = shifted - _ROUNDER
    high = kept - k * _LN2_HIGH
    low = k * _LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (_EX[0] + t * (_EX[1] + t * (_EX[2] + t * (_EX[3] + t * _EX[4]))))
    power = np.uint64((np.float64(shifted).view(np.uint64) + _BIAS) << _SHIFT_52).view(np.float64)
    y = power * (1.0 - ((low - (r * c) / (2.0 - c)) - high))
    y = y if x >= -708.0 else 0.0
    return y if x <= 709.0 else np.inf


@njit(forceinline=True, error_model="numpy")
def uniform(word):  # type: ignore[no-untyped-def]
    """Uniform variate (`word` + 1/2) 2^-32, exactly: from 2^-33 to 1 - 2^-33.

    Parameters
    ----------
    word : uint32

    Returns
    -------
    float64
    """
    return (np.float64(uint32(word)) + 0.5) * _WORD


@njit(forceinline=True, error_model="numpy")
def exponential(word):  # type: ignore[no-untyped-def]
    """Exponential variate of mean 1, ``-log_of(uniform(word))``.

    Parameters
    ----------
    word : uint32

    Returns
    -------
    float64
        Falling in `word`, from 22.9 to 1.2e-10; the error is below 1 unit in the last place.
    """
    return -log_of(uniform(word))


@njit(forceinline=True, error_model="numpy")
def normal(word):  # type: ignore[no-untyped-def]
    """Standard normal variate: the inverse of the normal distribution function at `uniform(word)`.

    The tail h = min(u, 1 - u) gives s = sqrt(-log h), and a ratio of polynomials in s gives the
    point. The polynomials are summed in pairs (Estrin 1960): by Horner's rule each step would wait
    for the one before it.

    Parameters
    ----------
    word : uint32

    Returns
    -------
    float64
        Rising in `word`, from -6.34 to 6.34, ``normal(~word) == -normal(word)``. The absolute error
        is below 1e-11; neighbouring words are at least 5.6e-10 apart (all 2^32 were compared).
    """
    v = np.float64(uint32(word)) - _CENTRE
    k, f = _split(_HALF_RANGE - abs(v))
    f2 = f * f
    f4 = f2 * f2
    c = _LOG_SHORT
    log1p = (
        ((c[0] + c[1] * f) + (c[2] + c[3] * f) * f2)
        + ((c[4] + c[5] * f) + (c[6] + c[7] * f) * f2) * f4
    ) + (((c[8] + c[9] * f) + (c[10] + c[11] * f) * f2) + (c[12] + c[13] * f) * f4) * (f4 * f4)
    s = math.sqrt((32.0 - k) * _LN2 - log1p)
    s2 = s * s
    s4 = s2 * s2
    p, q = _ABOVE, _BELOW
    above = ((p[0] + p[1] * s) + (p[2] + p[3] * s) * s2) + ((p[4] + p[5] * s) + p[6] * s2) * s4
    below = ((q[0] + q[1] * s) + (q[2] + q[3] * s) * s2) + (q[4] + q[5] * s) * s4
    return math.copysign(above / below, v)


@njit(forceinline=True)
def fill_exponentials(out, words, first_call, last_call):  # type: ignore[no-untyped-def]
    """Turn the words of calls `first_call` … `last_call` - 1 into exponential variates of mean 1.

    Parameters
    ----------
    out : float64 (4, calls)
        Patient p reads ``out[p & 3, p >> 2]``. Other calls are left as they are.
    words : uint32 (4, calls)
    first_call, last_call : int64
    """
    for w in range(4):
        for j in range(uint64(first_call), uint64(last_call)):
            out[w, j] = exponential(words[w, j])


@njit(forceinline=True)
def fill_normals(out, words, first_call, last_call):  # type: ignore[no-untyped-def]
    """Turn the words of calls `first_call` … `last_call` - 1 into standard normal variates.

    Parameters
    ----------
    out : float64 (4, calls)
        Patient p reads ``out[p & 3, p >> 2]``. Other calls are left as they are.
    words : uint32 (4, calls)
    first_call, last_call : int64
    """
    for w in range(4):
        for j in range(uint64(first_call), uint64(last_call)):
            out[w, j] = normal(words[w, j])


@njit(forceinline=True, error_model="numpy")
def _ratio(p, q, r):  # type: ignore[no-untyped-def]
    """Ratio of two polynomials of degree 7 in `r`."""
    r2 = r * r
    r4 = r2 * r2
    above = ((p[0] + p[1] * r) + (p[2] + p[3] * r) * r2) + (
        (p[4] + p[5] * r) + (p[6] + p[7] * r) * r2
    ) * r4
    below = ((q[0] + q[1] * r) + (q[2] + q[3] * r) * r2) + (
        (q[4] + q[5] * r) + (q[6] + q[7] * r) * r2
    ) * r4
    return above / below


@njit(forceinline=True, error_model="numpy")
def normal_point(tail):  # type: ignore[no-untyped-def]
    """The point that a standard normal variate exceeds with probability `tail`.

    Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied
    Statistics 37:477, routine PPND16. It has branches.

    Parameters
    ----------
    tail : float64
        From 1e-300 to 1/2.

    Returns
    -------
    float64
        At least 0; the relative error is below 2e-15 for tails up to 0.49, the absolute error below
        1e-16 above that.
    """
    q = 0.5 - tail
    if q <= 0.425:
        return q * _ratio(_A, _B, 0.180625 - q * q)
    s = math.sqrt(-log_of(tail))
    if s <= 5.0:
        return _ratio(_C, _D, s - 1.6)
    return _ratio(_E, _F, s - 5.0)


@njit(forceinline=True, error_model="numpy")
def _joined(high, low):  # type: ignore[no-untyped-def]
    return (uint64(high) << _SHIFT_32) | uint64(low)


@njit(forceinline=True, error_model="numpy")
def fine_uniform(high, low):  # type: ignore[no-untyped-def]
    """Uniform variate from two words: (n + 1/2) 2^-64, rounded, n their 64 bits.

    Parameters
    ----------
    high, low : uint32

    Returns
    -------
    float64
        From 2^-65 to 1; 1 itself has probability 2^-54.
    """
    return (np.float64(_joined(high, low)) + 0.5) * _TWO_MINUS_64


@njit(forceinline=True, error_model="numpy")
def fine_normal(high, low):  # type: ignore[no-untyped-def]
    """Standard normal variate from two words: one bit for the sign, 63 for the tail.

    Parameters
    ----------
    high, low : uint32

    Returns
    -------
    float64
        From -9.16 to 9.16. The tail (n + 1/2) 2^-64 is rounded to 53 significant bits, so that the
        resolution of probabilities is 2^-64 at the ends and 2^-54 in the centre; the error is that
        of :func:`normal_point`.
    """
    bits = _joined(high, low)
    z = normal_point((np.float64(bits & _LOW_63) + 0.5) * _TWO_MINUS_64)
    return z if bits >> _SHIFT_63 else -z


@njit(forceinline=True, error_model="numpy")
def chi_square(df, call, purpose, replicate, k0, k1):  # type: ignore[no-untyped-def]
    """Chi-square variate at an address.

    Marsaglia & Tsang (2000), "A simple method for generating gamma variables", ACM Transactions on
    Mathematical Software 26:363. An attempt uses one Philox call: words 0 and 1 make the normal
    variate, words 2 and 3 the uniform. At least 95% of attempts are accepted. Below 2 degrees of
    freedom, the first call makes the uniform U of their boost: chi-square with `df` is chi-square
    with `df` + 2 times U^(2 / df).

    Parameters
    ----------
    df : float64
        Degrees of freedom, at least 1; they need not be whole.
    call, purpose, replicate : int64
        The address. The variate may use calls `call` … `call` + ``CHI_SQUARE_CALLS`` - 1, which
        nothing else may use.
    k0, k1 : uint32
        The key of the seed.

    Returns
    -------
    float64
        The method is exact for exact normals and uniforms; for theirs see :func:`fine_normal` and
        :func:`fine_uniform`. That no attempt is accepted has a probability below 1e-19; the variate
        is then `df` - 2 / 3.
    """
    low = uint32(replicate)
    high = uint32(uint64(replicate) >> _SHIFT_32)
    first = np.int64(call)
    attempt = 0
    shape = 0.5 * df
    boost = 1.0
    if df < 2.0:
        a, b, _, _ = philox(uint32(first), uint32(purpose), low, high, k0, k1)
        boost = exp_of(log_of(fine_uniform(a, b)) / shape)
        shape += 1.0
        attempt = 1
    d = shape - 1.0 / 3.0
    scale = 1.0 / math.sqrt(9.0 * d)
    while attempt < CHI_SQUARE_CALLS:
        a, b, e, f = philox(uint32(first + attempt), uint32(purpose), low, high, k0, k1)
        x = fine_normal(a, b)
        root = 1.0 + scale * x
        if root > 0.0:
            v = root * root * root
            u = fine_uniform(e, f)
            x2 = x * x
            if u < 1.0 - 0.0331 * x2 * x2:
                return 2.0 * d * v * boost
            if log_of(u) < 0.5 * x2 + d * (1.0 - v + log_of(v)):
                return 2.0 * d * v * boost
        attempt += 1
    return 2.0 * d * boost
