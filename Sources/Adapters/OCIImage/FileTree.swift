/// Files as an archive holds them: all of them root's, by paths without a slash at the beginning, each below folders that are in it too.
public struct FileTree: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        case folder
        /// A file on disk, which is read when the archive is written.
        case copy(of: String)
        case bytes([UInt8])
        /// A symbolic link.
        case link(to: String)
    }

    public struct Entry: Sendable, Equatable {
        public var content: Content
        /// The permissions, such as 0o755.
        public var mode: UInt16
    }

    /// By path.
    public private(set) var entries: [String: Entry] = [:]

    public init() {}

    /// The paths in the order of their bytes, in which a folder comes before what is in it.
    public var paths: [String] {
        entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Puts an entry at the path, in place of what is there, and the folders above it.
    ///
    /// - Parameters:
    ///   - path: Relative, such as `usr/bin/berthd`.
    ///   - mode: 0o755 by default for folders, 0o777 for links, 0o644 for files.
    public mutating func add(_ path: String, _ content: Content, mode: UInt16? = nil) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        precondition(
            parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }, "an entry's path is relative and plain, unlike \"\(path)\"")
        for count in 1..<max(parts.count, 1) {
            let parent = parts.prefix(count).joined(separator: "/")
            if entries[parent] == nil { entries[parent] = Entry(content: .folder, mode: 0o755) }
        }
        entries[path] = Entry(content: content, mode: mode ?? content.defaultMode)
    }

    /// Puts another tree's entries below a folder.
    public mutating func add(_ other: FileTree, below folder: String) {
        for path in other.paths {
            guard let entry = other.entries[path] else { continue }
            add("\(folder)/\(path)", entry.content, mode: entry.mode)
        }
    }
}

extension FileTree.Content {
    fileprivate var defaultMode: UInt16 {
        switch self {
        case .folder: 0o755
        case .copy, .bytes: 0o644
        case .link: 0o777
        }
    }
}
