// Losses and optimiser steps.
#pragma once
#include <stddef.h>

/// Cross-entropy of logits [rows, classes]: returns sum over rows of weight[t] * loss, divided by the sum of weights.
/// dlogits receives its gradient. Smoothing s puts 1 - s on the target and s / classes on every class (PyTorch's form).
/// weights [classes] may be null. A target below 0 leaves its row out.
float emolab_cross_entropy(
    const float *logits, const long *targets, const float *weights, float smoothing, float *dlogits, size_t rows, size_t classes);

/// Mean of squares or of Huber's smooth absolute value (threshold beta); da receives the gradient with respect to a.
float emolab_mean_squared(const float *a, const float *b, float *da, size_t count);
float emolab_smooth_l1(const float *a, const float *b, float *da, size_t count, float beta);

/// One step of Adam on p: g is read through `gradient_scale`; `decay` couples weight decay into g, `decoupled` shrinks p instead (AdamW).
void emolab_adam_step(
    float *p, const float *g, float *m, float *v, size_t count, float rate, float beta1, float beta2, float epsilon, float decay,
    int decoupled, float correction1, float correction2, float gradient_scale);
/// One step of AdaBelief on p: s gathers squared distances of the gradient from its mean m, and keeps the epsilon that is added each time.
/// p moves by `step` m / (sqrt(s) root + epsilon), or by `step` m where not `adaptive`; decay as above, by `rate`.
void emolab_adabelief_step(
    float *p, const float *g, float *m, float *s, size_t count, float rate, float step, float root, int adaptive, float beta1, float beta2,
    float epsilon, float decay, int decoupled, float gradient_scale);
/// One step of SGD with momentum; `first` starts the buffer with the gradient.
void emolab_sgd_step(
    float *p, const float *g, float *buffer, size_t count, float rate, float momentum, int nesterov, float decay, int first,
    float gradient_scale);
