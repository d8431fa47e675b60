import Glibc
public import Migration
package import NodeInstall

/// The files of a node, which may be mounted below a folder, as a container has its host's.
public struct HostFiles: Sendable {
    /// Empty on the node itself; such as `/host` in a container.
    public let root: String
    public let places: MigrationPlaces
    let disk: Disk

    public init(root: String, places: MigrationPlaces) {
        self.init(root: root, places: places, disk: Disk())
    }

    package init(root: String, places: MigrationPlaces, disk: Disk) {
        self.root = root == "/" ? "" : root
        self.places = places
        self.disk = disk
    }

    /// Where a path of the node is for this process.
    ///
    /// `/var/run` leads to `/run` on most distributions. Below a root, an absolute link would lead out of it.
    public func path(_ path: String) -> String {
        let prefix = "/var/run/"
        if !root.isEmpty, path.hasPrefix(prefix), isLink("\(root)/var/run") { return "\(root)/run/\(path.dropFirst(prefix.count))" }
        return root + path
    }

    func file(_ path: String, bytesMax: Int) -> WholeFile { WholeFile(self.path(path), bytesMax: bytesMax, disk: disk) }

    var plugins: PluginFiles { PluginFiles(folder: path(places.pluginFolder), disk: disk) }

    private func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether a process accepts connections at a socket; one that nobody listens at is left by a daemon that was killed.
    public func isServed(_ path: String) -> Bool {
        let path = self.path(path)
        var address = sockaddr_un()
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        // The plugin's socket keeps the borders of messages, and refuses a stream.
        for kind in [SOCK_STREAM, SOCK_SEQPACKET] {
            let socket = Glibc.socket(AF_UNIX, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            guard socket >= 0 else { return false }
            defer { close(socket) }
            let isConnected = withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            // A queue that is full is somebody's.
            if isConnected || errno == EAGAIN { return true }
        }
        return false
    }

    /// The names in a folder, in order; none where it cannot be read.
    func names(in folder: String) -> [String] { (try? disk.names(in: path(folder))) ?? [] }
}
