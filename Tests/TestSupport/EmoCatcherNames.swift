// Names in the reference scripts' audio encoder → names of the published EmoCatcher, which our layers carry.

/// `convs.0.weight` → `conv_block1.conv_block.0.weight`, `wa.weight` → `attention.linear_k.weight`, and so on; others stay.
public func emoCatcherName(fromReference name: String) -> String {
    let parts = name.split(separator: ".").map(String.init)
    switch (parts[0], parts.count) {
    case ("convs", 3): return "conv_block\((Int(parts[1]) ?? 0) + 1).conv_block.0.\(parts[2])"
    case ("norms", 3): return "conv_block\((Int(parts[1]) ?? 0) + 1).conv_block.1.layer_norm.\(parts[2])"
    case ("wa", 2): return "attention.linear_k.\(parts[1])"
    case ("va", 2): return "attention.linear_z.\(parts[1])"
    default: return name
    }
}
