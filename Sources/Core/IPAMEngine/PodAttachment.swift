import Addressing

/// One interface of one sandbox on one network: the key under which CNI adds and deletes.
///
/// The three strings are those of the CNI request; the runtime promises that together they are unique on the node
/// (CNI spec 1.1.0, section 2). They are kept once and shared by all copies, with their hash: the key is looked up several
/// times in a pod's life and copied into every effect.
public struct PodAttachment: Sendable {
    private let strings: Strings
    /// Beside the strings, so that a look into a dictionary need not follow the keys it meets on its way.
    private let hash: Int

    private final class Strings: Sendable {
        let network: String
        let containerID: String
        let interface: String

        init(network: String, containerID: String, interface: String) {
            self.network = network
            self.containerID = containerID
            self.interface = interface
        }
    }

    public init(network: String, containerID: String, interface: String) {
        strings = Strings(network: network, containerID: containerID, interface: interface)
        // Most have the same network, and those of one interface of one sandbox are few.
        var hasher = Hasher()
        hasher.combine(containerID)
        hasher.combine(interface)
        hash = hasher.finalize()
    }

    public var network: String { strings.network }
    public var containerID: String { strings.containerID }
    public var interface: String { strings.interface }
}

extension PodAttachment: Hashable {
    public static func == (a: PodAttachment, b: PodAttachment) -> Bool {
        guard a.hash == b.hash else { return false }
        return a.strings === b.strings || a.containerID == b.containerID && a.network == b.network && a.interface == b.interface
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hash)
    }

    /// The hash is kept: hashing it again would take as long as finding the pod.
    public func _rawHashValue(seed: Int) -> Int { mixedHash(UInt(bitPattern: hash), seed: seed) }
}

extension PodAttachment: CustomStringConvertible {
    public var description: String { "\(network)/\(containerID)/\(interface)" }
}

/// The pod behind a sandbox, as the runtime names it in `CNI_ARGS`.
public struct PodName: Hashable, Sendable, Codable, CustomStringConvertible {
    public let namespace: String
    public let name: String

    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    public var description: String { "\(namespace)/\(name)" }
}
