import Glibc
import NodeInstall
import Synchronization
import Testing

@Suite struct PluginFilesTests {
    private let folder: TemporaryFolder
    private let plugins: PluginFiles
    private static let versions = (1...2).map { "BERTH_SOCKET, version \($0)" }

    init() throws {
        folder = try TemporaryFolder()
        plugins = PluginFiles(folder: "\(folder.path)/bin")
        for (index, text) in Self.versions.enumerated() { try folder.write(text, to: "version-\(index + 1)") }
    }

    private func source(_ version: Int) -> String { "\(folder.path)/version-\(version)" }

    @Test func thePluginIsPlacedForTheRuntimeToStart() throws {
        let placement = try plugins.place(from: source(1))
        #expect(placement.path == "\(folder.path)/bin/berth-cni" && placement.change == .created && placement.before == nil)
        // As sha256sum tells it.
        #expect("\(placement.after)" == "950024d46ef7def22f281d2dcf7b933dddd3095268fb728ca514c4158cebeed3")
        #expect(folder.text("bin/berth-cni") == Self.versions[0])
        #expect(try folder.mode("bin/berth-cni") == 0o755 && folder.mode("bin") == 0o755)
        #expect(folder.names(in: "bin") == ["berth-cni"])
    }

    @Test func aNewerPluginTakesThePlaceOfTheOldOne() throws {
        let first = try plugins.place(from: source(1))
        let second = try plugins.place(from: source(2))
        #expect(second.change == .replaced && second.before == first.after && second.after != first.after)
        #expect(folder.text("bin/berth-cni") == Self.versions[1] && folder.names(in: "bin") == ["berth-cni"])
    }

    @Test func theSamePluginIsLeftAlone() throws {
        _ = try plugins.place(from: source(1))
        let inode = try folder.status("bin/berth-cni").st_ino
        #expect(try plugins.place(from: source(1)).change == .unchanged)
        #expect(try folder.status("bin/berth-cni").st_ino == inode)
        // What cannot be started is no plugin.
        chmod("\(folder.path)/bin/berth-cni", 0o644)
        #expect(try plugins.place(from: source(1)).change == .replaced)
        #expect(try folder.mode("bin/berth-cni") == 0o755)
    }

    @Test func whatElseIsInTheFolderIsUntouched() throws {
        mkdir("\(folder.path)/bin", 0o750)
        try folder.write("another", to: "bin/portmap", mode: 0o700)
        let before = try folder.status("bin/portmap").st_ino
        _ = try plugins.place(from: source(1))
        #expect(try plugins.remove() == .removed)
        #expect(try folder.names(in: "bin") == ["portmap"] && folder.status("bin/portmap").st_ino == before)
        #expect(try folder.mode("bin") == 0o750)
    }

    @Test func linksToTheFolderAndToTheSourceAreFollowed() throws {
        mkdir("\(folder.path)/real", 0o755)
        symlink("\(folder.path)/real", "\(folder.path)/bin")
        symlink(source(1), "\(folder.path)/current")
        _ = try plugins.place(from: "\(folder.path)/current")
        #expect(folder.text("real/berth-cni") == Self.versions[0])
        #expect(try folder.status("bin").st_mode & S_IFMT == S_IFLNK)
    }

    @Test func aFolderOrALinkWithTheNameIsRefused() throws {
        mkdir("\(folder.path)/bin", 0o755)
        mkdir("\(folder.path)/bin/berth-cni", 0o755)
        var failure = failure { try plugins.place(from: source(1)) }
        #expect(failure?.errno == EISDIR && failure?.remedy.contains("Move the folder") == true, "\(String(describing: failure))")
        rmdir("\(folder.path)/bin/berth-cni")
        symlink("/bin/true", "\(folder.path)/bin/berth-cni")
        failure = self.failure { try plugins.place(from: source(1)) }
        #expect(failure?.errno == ELOOP && failure?.remedy.contains("Remove the symbolic link") == true, "\(String(describing: failure))")
        #expect(folder.names(in: "bin") == ["berth-cni"])
    }

    @Test func somebodyElsesPluginIsRefusedOrKeptAndComesBack() throws {
        mkdir("\(folder.path)/bin", 0o755)
        try folder.write("of AWS", to: "bin/aws-cni", mode: 0o711)
        #expect(failure { try plugins.place(from: source(1), named: "aws-cni") }?.code == .notOurs)
        #expect(folder.text("bin/aws-cni") == "of AWS")

        let placement = try plugins.place(from: source(1), named: "aws-cni", others: .keepAside)
        #expect(placement.keptAside == plugins.aside("aws-cni") && placement.change == .replaced)
        // An upgrade of ours is no reason to forget whose it was.
        #expect(try plugins.place(from: source(2), named: "aws-cni", others: .keepAside).keptAside == nil)
        #expect(folder.text("bin/aws-cni.before-berth") == "of AWS" && folder.text("bin/aws-cni") == Self.versions[1])

        #expect(try plugins.remove(named: "aws-cni") == .restored)
        #expect(try folder.text("bin/aws-cni") == "of AWS" && folder.mode("bin/aws-cni") == 0o711)
        #expect(folder.names(in: "bin") == ["aws-cni"])
        #expect(try plugins.remove(named: "aws-cni") == .notOurs && folder.text("bin/aws-cni") == "of AWS")
    }

    @Test func removingIsRepeatable() throws {
        _ = try plugins.place(from: source(1))
        #expect(try plugins.remove() == .removed)
        #expect(try plugins.remove() == .absent)
        #expect(try PluginFiles(folder: "\(folder.path)/nowhere").remove() == .absent)
    }

    @Test func aSourceThatIsNoPluginOfOursIsRefused() throws {
        let other = try folder.write("BERTH_SOCKE", to: "other")
        let calls: [(String, String)] = [
            (other, "is no berth-cni"), ("\(folder.path)/nothing", "ENOENT"), (folder.path, "EISDIR"), ("/dev/null", "no regular file"),
        ]
        for (path, says) in calls {
            let failure = failure { try plugins.place(from: path) }
            #expect(failure?.problem.contains(says) == true, "\(path): \(String(describing: failure))")
        }
        #expect(folder.names() == ["other", "version-1", "version-2"])
    }

    @Test(arguments: ["", ".", "..", ".hidden", "a/b", "../berth-cni", String(repeating: "x", count: 129)])
    func aNameThatLeadsElsewhereIsRefused(name: String) {
        #expect(failure { try plugins.place(from: source(1), named: name) }?.code == .badName)
        #expect(failure { _ = try plugins.remove(named: name) }?.code == .badName)
    }

    @Test func pluginsThatCannotBeStartedAreMissing() throws {
        mkdir("\(folder.path)/bin", 0o755)
        try folder.write("", to: "bin/portmap", mode: 0o755)
        try folder.write("", to: "bin/tuning", mode: 0o644)
        #expect(plugins.missing(["portmap", "tuning", "bandwidth"]) == ["tuning", "bandwidth"])
    }

    // MARK: - Faults

    @Test func aCrashAtAnyStepLeavesTheOldPluginOrTheNewOne() throws {
        _ = try plugins.place(from: source(1))
        let whole = FaultyDisk(.none)
        _ = try PluginFiles(folder: "\(folder.path)/bin", disk: whole.disk).place(from: source(2))
        #expect(whole.steps > 10)
        var seen: Set<String> = []
        for step in 0..<whole.steps {
            _ = try plugins.place(from: source(1))
            let crashing = PluginFiles(folder: "\(folder.path)/bin", disk: FaultyDisk(.crash(at: step)).disk)
            #expect(failure { try crashing.place(from: source(2)) }?.code == .refused, "step \(step)")
            let text = try #require(folder.text("bin/berth-cni"))
            seen.insert(text)
            #expect(try Self.versions.contains(text) && folder.mode("bin/berth-cni") == 0o755, "step \(step): \(text)")
            #expect(Set(folder.names(in: "bin")).isSubset(of: ["berth-cni", ".berth-cni.unfinished"]), "step \(step)")
            _ = try plugins.place(from: source(2))
            #expect(folder.text("bin/berth-cni") == Self.versions[1], "step \(step)")
        }
        #expect(seen == Set(Self.versions))
        #expect(folder.names(in: "bin") == ["berth-cni"])
    }

    @Test func aStepThatFailsIsToldAndLeavesNothingBehind() throws {
        _ = try plugins.place(from: source(1))
        let whole = FaultyDisk(.none)
        _ = try PluginFiles(folder: "\(folder.path)/bin", disk: whole.disk).place(from: source(2))
        for step in 0..<whole.steps {
            _ = try plugins.place(from: source(1))
            let faulty = PluginFiles(folder: "\(folder.path)/bin", disk: FaultyDisk(.step(step, EIO)).disk)
            let failure = failure { try faulty.place(from: source(2)) }
            #expect(failure?.problem.contains(folder.path) == true && failure?.problem.contains("EIO") == true, "step \(step)")
            #expect(folder.names(in: "bin").filter { $0 != ".berth-cni.unfinished" } == ["berth-cni"], "step \(step)")
        }
        _ = try plugins.place(from: source(1))
        #expect(folder.names(in: "bin") == ["berth-cni"])
    }

    @Test(arguments: [
        (Disk.Step.write, ENOSPC, "Free space"), (.open, EACCES, "Run it as root"), (.open, EROFS, "for writing"),
        (.rename, EPERM, "Run it as root"), (.sync, EIO, "kernel's log"), (.makeFolder, EROFS, "for writing"),
    ])
    func aRefusalOfTheSystemSaysWhatToDo(step: Disk.Step, errno: Int32, remedy: String) throws {
        let faulty = PluginFiles(folder: "\(folder.path)/bin", disk: FaultyDisk(.every(step, errno)).disk)
        let failure = failure { try faulty.place(from: source(1)) }
        #expect(failure?.errno == errno && failure?.remedy.contains(remedy) == true, "\(String(describing: failure))")
        #expect(folder.names(in: "bin") == [])
    }

    @Test func installationsAtTheSameTimeLeaveOneWholePlugin() throws {
        // Longer than one write of a pipe's worth, so that a torn file would be seen.
        let texts = (0..<4).map { "BERTH_SOCKET\n" + String(repeating: "\($0)", count: 200_000) }
        let sources = try texts.enumerated().map { try folder.write($1, to: "long-\($0)") }
        let (path, known) = ("\(folder.path)/bin", Set(texts.map(\.hashValue)))
        _ = try plugins.place(from: sources[0])
        let problems = Problems()
        let threads = sources.map { source in
            Worker {
                for _ in 0..<50 {
                    do {
                        _ = try PluginFiles(folder: path).place(from: source)
                    } catch {
                        problems.note("\(error)")
                    }
                    guard let text = wholeText("\(path)/berth-cni"), known.contains(text.hashValue) else {
                        problems.note("a torn plugin")
                        return
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(problems.all == [])
        #expect(folder.names(in: "bin") == ["berth-cni"])
    }

    private func failure(_ body: () throws -> some Any) -> InstallFailure? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? InstallFailure
        }
    }
}

/// What threads of a test found wrong.
private final class Problems: Sendable {
    private let texts = Mutex<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    func note(_ text: String) {
        texts.withLock { $0.append(text) }
    }
}
