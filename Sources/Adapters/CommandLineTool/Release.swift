/// Which release this is, of the programs, the image and the manifests.
public enum Release {
    /// As semantic versioning has it (semver.org); tests hold the manifests to it.
    public static let version = "0.1.0"
}
