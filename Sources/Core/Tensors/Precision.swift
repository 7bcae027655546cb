// What matrix products compute in.

/// Precision of matrix products. Master weights, norms, softmax, losses and optimisers are float32 either way.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case float32 = "f32"
    /// Operands of products and what only products and attention read are bfloat16, sums are float32.
    case bfloat16 = "bf16"
}
