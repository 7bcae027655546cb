// Whole sequences of a gated recurrent unit, one layer in one direction.
#pragma once
#include <stddef.h>

typedef struct {
    size_t batch, steps, hidden;
    size_t output_row;   // floats from one (clip, step) of the output to the next
    const long *lengths; // [batch] true lengths, or null
    int reverse;         // starts at each clip's own last step
} emolab_recurrent;

/// GRU (gates reset, update, new; the reset gate scales the transformed state, as PyTorch and cuDNN do).
/// a [batch, steps, 3H] = input product with b_ih added; w [3H, H]; bias [3H] = b_hh.
/// out: row (clip, step) of H floats, steps past a length are zero. states [steps + 1, batch, H] and gates [steps, batch, 4H] (r, z, n, c_n) are kept.
void emolab_gru_forward(
    const emolab_recurrent *s, const float *a, const float *w, const float *bias, float *out, float *states, float *gates);
/// dout lies as out. da [batch, steps, 3H] and dc [steps, batch, 3H] are overwritten: gradients before the two products.
void emolab_gru_backward(
    const emolab_recurrent *s, const float *w, const float *states, const float *gates, const float *dout, float *da, float *dc);

/// LSTM (gates input, forget, cell, output). a [batch, steps, 4H], w [4H, H], bias [4H].
/// states, cells [steps + 1, batch, H]; gates [steps, batch, 4H].
void emolab_lstm_forward(
    const emolab_recurrent *s, const float *a, const float *w, const float *bias, float *out, float *states, float *cells, float *gates);
/// da [batch, steps, 4H] and dc [steps, batch, 4H] are overwritten. dfinal [batch, H], the gradient of each clip's last cell state, may be null.
void emolab_lstm_backward(
    const emolab_recurrent *s, const float *w, const float *cells, const float *gates, const float *dout, const float *dfinal, float *da,
    float *dc);
