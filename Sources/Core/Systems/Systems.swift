import Training

/// The published systems of this program: one line each.
public enum Systems {
    public static let all = SystemLibrary([ZuDannSystem()])
}
