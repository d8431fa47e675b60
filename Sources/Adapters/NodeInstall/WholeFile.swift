import Glibc

/// A file that is read whole and takes another's place whole, by an atomic rename.
public struct WholeFile: Sendable {
    public let path: String
    /// The largest that is read, in bytes.
    public let bytesMax: Int
    private let disk: Disk

    public init(_ path: String, bytesMax: Int) {
        self.init(path, bytesMax: bytesMax, disk: Disk())
    }

    package init(_ path: String, bytesMax: Int, disk: Disk) {
        self.path = path
        self.bytesMax = bytesMax
        self.disk = disk
    }

    /// What is in it; nil where there is none.
    ///
    /// - Throws: ``InstallFailure``, also for what is no regular file and for one that is larger.
    public func bytes() throws(InstallFailure) -> [UInt8]? {
        try disk.read(path, bytesMax: bytesMax)?.bytes
    }

    /// Puts these bytes in its place, in a folder that is made when there is none. The same bytes are left alone.
    ///
    /// - Returns: Whether anything changed.
    /// - Throws: ``InstallFailure``; what was there before is in place then.
    @discardableResult
    public func place(_ bytes: [UInt8], mode: UInt32 = 0o600) throws(InstallFailure) -> Bool {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try disk.makeFolder(String(path[..<slash])) }
        if let found = try disk.read(path, bytesMax: bytesMax), found.bytes == bytes { return false }
        try FileReplacement(path, mode: mode, on: disk).perform(with: bytes)
        return true
    }

    /// Gives it another name in its folder, in the place of what has that name.
    ///
    /// - Returns: Whether there was a file.
    @discardableResult
    public func rename(to other: String) throws(InstallFailure) -> Bool {
        do throws(InstallFailure) {
            try disk.perform(.rename, path) { Int(Glibc.rename(path, other)) }
        } catch {
            guard error.errno == ENOENT else { throw error }
            return false
        }
        try disk.syncFolder(of: other)
        return true
    }

    /// Removes it.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    public func remove() throws(InstallFailure) -> Bool {
        try disk.remove(path)
    }
}
