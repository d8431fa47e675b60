import CNISpec
import JSON

/// Our conflist in a folder from which a container runtime reads its networks, such as `/etc/cni/net.d`.
public struct NetworkListFile: Sendable {
    public let folder: String
    public let name: String
    private let disk: Disk

    public static let defaultName = "10-berth.conflist"
    /// A larger file is nobody's conflist, in bytes.
    static let bytesMax = 1 << 20

    public init(folder: String, name: String = Self.defaultName) {
        self.init(folder: folder, name: name, disk: Disk())
    }

    package init(folder: String, name: String = Self.defaultName, disk: Disk) {
        self.folder = folder
        self.name = name
        self.disk = disk
    }

    public var path: String { "\(folder)/\(name)" }

    /// What is in place; nil where there is no file.
    ///
    /// - Throws: ``InstallFailure``, also for a file of that name that is not ours.
    public func current() throws(InstallFailure) -> [UInt8]? {
        guard let found = try disk.read(path, bytesMax: Self.bytesMax) else { return nil }
        guard Self.isOurs(found.bytes) else {
            throw InstallFailure(
                .notOurs, problem: "\(path) is not ours: its first plugin is not \(NetworkConfiguration.pluginType)",
                remedy: "Move it away: the runtime takes one network, the first by name")
        }
        return found.bytes
    }

    /// Puts a list into the folder, which is made when there is none, by an atomic rename. The same bytes are left alone.
    public func place(_ bytes: [UInt8]) throws(InstallFailure) -> Placement {
        guard Self.isOurs(bytes) else {
            throw InstallFailure(
                .badSource, problem: "what is to be \(path) is no list of ours", remedy: "Write it anew: berthd install")
        }
        try disk.makeFolder(folder)
        let (old, digest) = (try current(), FileDigest(of: bytes))
        if old == bytes { return Placement(path: path, change: .unchanged, before: digest, after: digest, keptAside: nil) }
        try FileReplacement(path, mode: 0o644, on: disk).perform(with: bytes)
        return Placement(
            path: path, change: old == nil ? .created : .replaced, before: old.map { FileDigest(of: $0) }, after: digest, keptAside: nil)
    }

    public func place(_ list: NetworkList) throws(InstallFailure) -> Placement {
        try place(list.bytes)
    }

    /// Takes the list away, with which the runtime's network is not ready. A file that is not ours stays.
    public func withdraw() throws(InstallFailure) -> Removal {
        try disk.remove(FileReplacement.unfinished(path))
        guard let found = try disk.read(path, bytesMax: Self.bytesMax) else { return .absent }
        guard Self.isOurs(found.bytes) else { return .notOurs }
        return try disk.remove(path) ? .removed : .absent
    }

    /// The files that the runtime takes instead of ours, or stumbles over, in their order: it uses the first one by name.
    ///
    /// Source: `ConfFiles` of libcni, which sorts what ends in `.conf`, `.conflist` and `.json`; containerd's `max_conf_num` is 1.
    public func rivals() throws(InstallFailure) -> [String] {
        try disk.names(in: folder).filter { other in
            other.utf8.lexicographicallyPrecedes(name.utf8) && [".conf", ".conflist", ".json"].contains { other.hasSuffix($0) }
        }
    }

    /// Whether the first plugin of a list is ours; that of a file that is no list is not.
    static func isOurs(_ bytes: [UInt8]) -> Bool {
        guard let list = try? JSONValue(parsing: bytes, bytesMax: bytesMax) else { return false }
        return list["plugins"]?.array?.first?["type"]?.string == NetworkConfiguration.pluginType
    }
}
