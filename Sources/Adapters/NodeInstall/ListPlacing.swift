import Glibc

/// The conflist that `berthd install` prepared in the daemon's run directory, and the folder of the runtime in which the daemon places it
/// while the node has addresses.
///
/// Placing, withdrawing and preparing exclude one another, across processes, by a lock in the run directory: what was taken away for good
/// does not come back by a daemon that had read it before.
public struct ListPlacing: Sendable {
    public let prepared: NetworkListFile
    public let placed: NetworkListFile
    private let runDirectory: String
    private let disk: Disk

    public init(runDirectory: String, confDirectory: String) {
        self.init(runDirectory: runDirectory, confDirectory: confDirectory, disk: Disk())
    }

    package init(runDirectory: String, confDirectory: String, disk: Disk) {
        self.runDirectory = runDirectory
        self.disk = disk
        prepared = NetworkListFile(folder: runDirectory, disk: disk)
        placed = NetworkListFile(folder: confDirectory, disk: disk)
    }

    /// Keeps a list for the daemon to place.
    public func prepare(_ list: NetworkList) throws(InstallFailure) -> Placement {
        try disk.makeFolder(runDirectory, mode: 0o700)
        return try locked { () throws(InstallFailure) in try prepared.place(list) }
    }

    /// Prepares the list that is in place where none is prepared, as after a reboot, which empties the run directory.
    ///
    /// - Returns: Whether there was one to prepare.
    public func adopt() throws(InstallFailure) -> Bool {
        try locked { () throws(InstallFailure) in
            guard try prepared.current() == nil, let bytes = try placed.current() else { return false }
            _ = try prepared.place(bytes)
            return true
        }
    }

    /// Puts the prepared list in place.
    ///
    /// - Returns: Nil when none is prepared; then nothing is changed.
    public func place() throws(InstallFailure) -> Placement? {
        try locked { () throws(InstallFailure) in
            guard let bytes = try prepared.current() else { return nil }
            return try placed.place(bytes)
        }
    }

    /// Takes the list away from the runtime. It stays prepared.
    public func withdraw() throws(InstallFailure) -> Removal {
        try locked { () throws(InstallFailure) in try placed.withdraw() }
    }

    /// Takes the list away from runtime and daemon, and the run directory when nothing else is in it.
    public func withdrawForGood() throws(InstallFailure) -> (prepared: Removal, placed: Removal) {
        var status = stat()
        // Without a run directory there is no daemon to agree with.
        guard stat(runDirectory, &status) == 0 else { return (.absent, try placed.withdraw()) }
        let removals = try locked { () throws(InstallFailure) in
            let removals = (prepared: try prepared.withdraw(), placed: try placed.withdraw())
            try disk.remove(lockPath)
            return removals
        }
        rmdir(runDirectory)
        return removals
    }

    private var lockPath: String { "\(runDirectory)/conflist.lock" }

    private func locked<Value>(_ body: () throws(InstallFailure) -> Value) throws(InstallFailure) -> Value {
        let descriptor = try disk.lock(lockPath)
        defer { close(descriptor) }
        return try body()
    }
}
