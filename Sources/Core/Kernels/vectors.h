// Shared by the kernels: one attribute for "compile for several vector levels", and short polynomials that vectorise where libm's calls do not.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma clang fp reassociate(on) contract(fast)

// The loader chooses a level before the thread sanitizer's own code can run.
#if defined(__x86_64__) && defined(__ELF__) && !__has_feature(thread_sanitizer)
#define VECTOR_LEVELS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTOR_LEVELS
#endif
#define ALWAYS_INLINE static inline __attribute__((always_inline))

// e^x: x = n ln2 + r, a polynomial in r (Cephes expf), n put into the exponent bits. Below -87.3 it is 0; at most 2 ulp off elsewhere.
ALWAYS_INLINE float fast_exp(float x) {
    float limited = x < -87.3f ? -87.3f : x;
    limited = limited > 88.3762626647949f ? 88.3762626647949f : limited;
    float scaled = limited * 1.44269504088896341f;
    // What is no number has no integer either: it stays what it is in r, and n is any.
    scaled = scaled > -126.f ? scaled : -126.f;
    int32_t n = (int32_t)(scaled + (scaled >= 0.f ? 0.5f : -0.5f));
    float r = limited - (float)n * 0.693359375f;
    r = r - (float)n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + (r + 1.f);
    union {
        int32_t bits;
        float value;
    } power = {(int32_t)((uint32_t)(n + 127) << 23)};
    return x < -87.3f ? 0.f : p * power.value;
}

ALWAYS_INLINE float fast_sigmoid(float x) { return 1.f / (1.f + fast_exp(-x)); }

// tanh: an odd polynomial near 0 (Cephes tanhf), 1 - 2 / (e^2x + 1) elsewhere.
ALWAYS_INLINE float fast_tanh(float x) {
    float a = fabsf(x), z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float near = p * z * x + x;
    float far = 1.f - 2.f / (fast_exp(2.f * a) + 1.f);
    return a < 0.625f ? near : (x < 0.f ? -far : far);
}

// erf by Abramowitz and Stegun 7.1.26, the form PyTorch's vector kernels evaluate; 5e-7 off at most.
ALWAYS_INLINE float fast_erf(float x) {
    float a = fabsf(x), t = 1.f / (1.f + 0.3275911f * a);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float y = 1.f - p * t * fast_exp(-a * a);
    return x < 0.f ? -y : y;
}

// GELU x Phi(x) and its derivative Phi(x) + x phi(x).
ALWAYS_INLINE float gelu_value(float x) { return 0.5f * x * (1.f + fast_erf(x * 0.70710678118654752f)); }
ALWAYS_INLINE float gelu_slope(float x) {
    return 0.5f * (1.f + fast_erf(x * 0.70710678118654752f)) + x * 0.3989422804014327f * fast_exp(-0.5f * x * x);
}

// The tanh form of GELU and its derivative.
ALWAYS_INLINE float gelu_tanh_value(float x) { return 0.5f * x * (1.f + fast_tanh(0.7978845608028654f * (x + 0.044715f * x * x * x))); }
ALWAYS_INLINE float gelu_tanh_slope(float x) {
    float t = fast_tanh(0.7978845608028654f * (x + 0.044715f * x * x * x));
    return 0.5f * (1.f + t) + 0.5f * x * (1.f - t * t) * 0.7978845608028654f * (1.f + 0.134145f * x * x);
}

// Dropout's mask: two rounds of a 32-bit integer hash (the "lowbias32" multipliers of C. Wellons' search), keyed before each round.
ALWAYS_INLINE uint32_t mixed(uint32_t x) {
    x ^= x >> 16;
    x *= 0x7feb352dU;
    x ^= x >> 15;
    x *= 0x846ca68bU;
    return x ^ (x >> 16);
}
ALWAYS_INLINE uint32_t drop_threshold(float p) { return (uint32_t)(p * 16777216.f); }
ALWAYS_INLINE int keeps(uint64_t key, uint32_t position, uint32_t threshold) {
    return mixed(mixed(position ^ (uint32_t)key) + (uint32_t)(key >> 32)) >> 8 >= threshold;
}

// bfloat16: the upper half of a float32, rounded to nearest even; what is not a number stays so.
typedef uint16_t bfloat;
ALWAYS_INLINE float float_of(bfloat x) {
    union {
        uint32_t bits;
        float value;
    } y = {(uint32_t)x << 16};
    return y.value;
}
ALWAYS_INLINE bfloat bfloat_of(float x) {
    union {
        float value;
        uint32_t bits;
    } y = {x};
    uint32_t rounded = (y.bits + 0x7fffU + (y.bits >> 16 & 1U)) >> 16;
    return (bfloat)((y.bits & 0x7fffffffU) > 0x7f800000U ? (y.bits >> 16 | 0x40U) : rounded);
}
