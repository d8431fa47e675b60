public import CNISpec

/// A container runtime and its version, as the status of a Kubernetes node tells them (`nodeInfo.containerRuntimeVersion`).
public struct ContainerRuntime: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public let major: Int
    public let minor: Int

    /// Takes a text such as `containerd://1.6.20`, `cri-o://1.34.1` or `containerd 2.1.0-rc.1`.
    public init?(_ text: String) {
        guard let nameEnd = text.firstIndex(where: { $0 == ":" || $0 == " " }), nameEnd != text.startIndex else { return nil }
        let version = text[nameEnd...].drop { ":/ v".contains($0) }
        let parts = version.split(separator: ".", maxSplits: 2).prefix(2).map { $0.prefix { $0.isASCII && $0.isNumber } }
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        name = text[..<nameEnd].lowercased()
        (self.major, self.minor) = (major, minor)
    }

    public var description: String { "\(name)://\(major).\(minor)" }

    /// The newest version of a list that the runtime can use; 1.0.0 where it is not known.
    ///
    /// The results of 1.1.0 are read by libcni 1.2, which containerd has since 2.0 and CRI-O since 1.31. containerd 1.6 loads a list of
    /// 1.1.0, says that the network is ready, and fails every ADD (measured with 1.6.20).
    public var newestListVersion: CNIVersion {
        let knows110: Bool =
            switch name {
            case "containerd": major >= 2
            case "cri-o": (major, minor) >= (1, 31)
            default: false
            }
        return knows110 ? .v110 : .v100
    }
}
