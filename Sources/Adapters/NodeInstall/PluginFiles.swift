import Glibc
import PodNetwork

/// The folder from which a container runtime starts its CNI plugins, such as `/opt/cni/bin`.
public struct PluginFiles: Sendable {
    /// What is done with a file of somebody else that has the name.
    public enum Others: Sendable {
        case refuse
        /// It is kept beside ours, under ``PluginFiles/aside(_:)``, and gets its name back when ours is removed.
        case keepAside
    }

    public let folder: String
    private let disk: Disk

    /// Larger files are not taken for plugins, in bytes. The reference plugins have 2 to 12 MiB.
    static let bytesMax = 256 << 20

    public init(folder: String) {
        self.init(folder: folder, disk: Disk())
    }

    package init(folder: String, disk: Disk) {
        self.folder = folder
        self.disk = disk
    }

    /// The path of a plugin by its name.
    public func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Where somebody else's plugin of that name is kept.
    public func aside(_ name: String) -> String { "\(folder)/\(name).before-berth" }

    /// Puts our plugin into the folder, which is made when there is none, by an atomic rename with mode 0755.
    ///
    /// Whoever starts the plugin at that moment starts the old one or the new one. A file with the same bytes and mode is left alone.
    ///
    /// - Parameters:
    ///   - source: The path of a `berth-cni` as it is built.
    ///   - name: The name in the folder, by which a conflist names it as `type`.
    /// - Throws: ``InstallFailure``; what had the name before is in its place then.
    public func place(from source: String, named name: String = Self.pluginName, others: Others = .refuse) throws(InstallFailure)
        -> Placement
    {
        try check(name)
        guard let plugin = try disk.read(try resolved(source), bytesMax: Self.bytesMax) else { throw .refused("open", source, ENOENT) }
        guard Self.isOurs(plugin.bytes) else {
            throw InstallFailure(
                .badSource, problem: "\(source) is no berth-cni: the name \(Self.mark) is not in it",
                remedy: "Give the path of the plugin that came with this berthd")
        }
        try disk.makeFolder(folder)
        let old = try disk.read(path(name), bytesMax: Self.bytesMax)
        let digest = FileDigest(of: plugin.bytes)
        if let old, old.bytes == plugin.bytes, old.mode == 0o755 {
            return Placement(path: path(name), change: .unchanged, before: digest, after: digest, keptAside: nil)
        }
        let keptAside = try keepAside(old, name, others)
        try FileReplacement(path(name), mode: 0o755, on: disk).perform(with: plugin.bytes)
        return Placement(
            path: path(name), change: old == nil ? .created : .replaced, before: old.map { FileDigest(of: $0.bytes) }, after: digest,
            keptAside: keptAside)
    }

    /// Takes our plugin away, and gives the name back to whose it was before. A file that is not ours stays.
    public func remove(named name: String = Self.pluginName) throws(InstallFailure) -> Removal {
        try check(name)
        try disk.remove(FileReplacement.unfinished(path(name)))
        guard let found = try disk.read(path(name), bytesMax: Self.bytesMax) else { return .absent }
        guard Self.isOurs(found.bytes) else { return .notOurs }
        if let before = try disk.read(aside(name), bytesMax: Self.bytesMax) {
            try FileReplacement(path(name), mode: before.mode, on: disk).perform(with: before.bytes)
            try disk.remove(aside(name))
            return .restored
        }
        try disk.remove(path(name))
        return .removed
    }

    /// Which of these plugins are not in the folder, or cannot be started.
    public func missing(_ names: [String]) -> [String] {
        names.filter { access(path($0), X_OK) != 0 }
    }

    private func keepAside(_ old: Disk.Found?, _ name: String, _ others: Others) throws(InstallFailure) -> String? {
        guard let old, !Self.isOurs(old.bytes) else { return nil }
        switch others {
        case .refuse:
            throw InstallFailure(
                .notOurs, problem: "\(path(name)) is a plugin of somebody else", remedy: "Move it away, or name another folder")
        case .keepAside:
            try FileReplacement(aside(name), mode: old.mode, on: disk).perform(with: old.bytes)
            return aside(name)
        }
    }

    private func check(_ name: String) throws(InstallFailure) {
        guard (1...128).contains(name.utf8.count), !name.hasPrefix("."), !name.contains("/"), !name.utf8.contains(0) else {
            throw InstallFailure(
                .badName, problem: "\"\(name)\" cannot be the name of a plugin", remedy: "Give a file name of 1 to 128 bytes without \"/\"")
        }
    }

    /// Where a chain of symbolic links ends: the source may be one, as in a folder of versions.
    private func resolved(_ source: String) throws(InstallFailure) -> String {
        guard let path = realpath(source, nil) else {
            throw InstallFailure(
                .badSource, problem: "\(source) cannot be read: \(KernelErrno(rawValue: errno))",
                remedy: "Give the path of the plugin that came with this berthd", errno: errno)
        }
        defer { free(path) }
        return String(cString: path)
    }
}

extension PluginFiles {
    /// Our plugin's own name.
    public static let pluginName = "berth-cni"
    /// By which a build of our plugin is known, whatever its name: the variable that every one of them reads.
    static let mark = "BERTH_SOCKET"

    static func isOurs(_ bytes: [UInt8]) -> Bool {
        let mark = Array(mark.utf8)
        return bytes.withUnsafeBytes { bytes in
            // The last place at which the whole mark fits.
            let end = bytes.count - mark.count
            var start = 0
            while start <= end, let base = bytes.baseAddress, let found = memchr(base + start, Int32(mark[0]), end - start + 1) {
                if memcmp(found, mark, mark.count) == 0 { return true }
                start = UnsafeRawPointer(found) - base + 1
            }
            return false
        }
    }
}
