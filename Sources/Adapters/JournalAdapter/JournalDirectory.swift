import Glibc

/// The folder of the journal and the names in it.
struct JournalDirectory: Sendable {
    /// How many files of each kind are kept aside; the oldest goes first.
    static let setAsideMax = 5

    let path: String

    /// Takes the folder, which is made for its owner alone when there is none.
    init(_ path: String) throws(JournalError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .refused(action: "make folder", path: path, errno: errno) }
        self.path = path
    }

    var journal: String { "\(path)/journal" }
    var lock: String { "\(path)/journal.lock" }
    /// A journal that is being written; one that is found was not finished.
    private var unfinished: String { "\(path)/journal.unfinished" }

    /// Opens the journal, or returns nil when there is none.
    func openJournal() throws(JournalError) -> OpenFile? {
        do throws(JournalError) {
            return try OpenFile(journal, .append)
        } catch .refused(_, _, ENOENT) {
            return nil
        }
    }

    /// Puts a file with these bytes in the journal's place, whole or not at all.
    func replaceJournal(with bytes: [UInt8]) throws(JournalError) -> OpenFile {
        try removeUnfinished()
        var file = try OpenFile(unfinished, .appendToFresh)
        do throws(JournalError) {
            try file.write(bytes)
            try file.rename(to: journal)
        } catch {
            unlink(unfinished)
            throw error
        }
        return file
    }

    /// Removes what a crash left of a journal that was being written.
    func removeUnfinished() throws(JournalError) {
        guard unlink(unfinished) == 0 || errno == ENOENT else { throw .refused(action: "remove", path: unfinished, errno: errno) }
    }

    /// Gives the journal a second name under which it stays when it is replaced, and returns that.
    ///
    /// It keeps its own name until then: a crash in between finds everything as it was.
    func keepAside(as kind: SetAsideKind) throws(JournalError) -> String {
        var numbers = try numbers(of: kind)
        let number = (numbers.last ?? 0) + 1
        let name = name(of: kind, number)
        guard link(journal, name) == 0 else { throw .refused(action: "keep aside as", path: name, errno: errno) }
        numbers.append(number)
        for old in numbers.dropLast(Self.setAsideMax) { unlink(self.name(of: kind, old)) }
        return name
    }

    private func name(of kind: SetAsideKind, _ number: Int) -> String {
        "\(path)/journal.\(kind.rawValue)-\(number)"
    }

    /// The numbers in use, in ascending order.
    private func numbers(of kind: SetAsideKind) throws(JournalError) -> [Int] {
        guard let folder = opendir(path) else { throw .refused(action: "list", path: path, errno: errno) }
        defer { closedir(folder) }
        let prefix = "journal.\(kind.rawValue)-"
        var numbers: [Int] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // Nine digits at most, so that the next number exists.
            guard name.hasPrefix(prefix), name.utf8.count <= prefix.utf8.count + 9 else { continue }
            if let number = Int(name.dropFirst(prefix.count)), number > 0 { numbers.append(number) }
        }
        return numbers.sorted()
    }
}

/// Why a journal file is kept under another name; part of that name.
enum SetAsideKind: String {
    case damaged
    /// By a reboot.
    case ended
}
