extension ModelCatalogue {
    /// Every model, in the order of `emolab forward --list`.
    public static let models: [CatalogueModel] = [.timeSformer, .emoCatcher, .resNet18, .resNet50, .resNet3D18]
}
