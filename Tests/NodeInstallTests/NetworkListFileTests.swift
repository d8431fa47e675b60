import Glibc
import NodeInstall
import Testing

@Suite struct NetworkListFileTests {
    private let folder: TemporaryFolder
    private let file: NetworkListFile
    private let list = NetworkList()

    init() throws {
        folder = try TemporaryFolder()
        file = NetworkListFile(folder: "\(folder.path)/net.d")
    }

    @Test func theListIsPlacedOnceAndTakenAway() throws {
        #expect(try file.place(list).change == .created)
        #expect(try folder.mode("net.d/10-berth.conflist") == 0o644)
        let inode = try folder.status("net.d/10-berth.conflist").st_ino
        #expect(try file.place(list).change == .unchanged)
        #expect(try folder.status("net.d/10-berth.conflist").st_ino == inode)
        var other = list
        other.mtu = 1500
        #expect(try file.place(other).change == .replaced)
        #expect(try file.current() == other.bytes)
        #expect(try file.withdraw() == .removed)
        #expect(try file.withdraw() == .absent)
        #expect(folder.names(in: "net.d") == [])
    }

    @Test(arguments: [
        "", "no JSON", "[]", #"{"plugins": []}"#, #"{"type": "berth-cni"}"#, #"{"plugins": [{"type": "aws-cni"}, {"type": "berth-cni"}]}"#,
    ])
    func aFileThatIsNotOursStays(text: String) throws {
        mkdir("\(folder.path)/net.d", 0o755)
        try folder.write(text, to: "net.d/10-berth.conflist")
        #expect { try file.place(list) } throws: { ($0 as? InstallFailure)?.code == .notOurs }
        #expect(try file.withdraw() == .notOurs)
        #expect(folder.text("net.d/10-berth.conflist") == text && folder.names(in: "net.d") == ["10-berth.conflist"])
    }

    @Test func whatIsNoListOfOursIsNotPlaced() {
        #expect { try file.place(Array("{}".utf8)) } throws: { ($0 as? InstallFailure)?.code == .badSource }
    }

    @Test func networksThatTheRuntimeTakesFirstAreTold() throws {
        #expect(try file.rivals() == [])
        _ = try file.place(list)
        let names = [
            "05-cilium.conflist", "10-aws.conflist", "00-multus.conf", "09-x.json", "87-podman.conflist", "05-readme.txt", ".a.conf",
        ]
        for name in names { try folder.write("{}", to: "net.d/\(name)") }
        #expect(try file.rivals() == [".a.conf", "00-multus.conf", "05-cilium.conflist", "09-x.json", "10-aws.conflist"])
    }

    @Test func aCrashWhileItIsTakenAwayLeavesItWholeOrGone() throws {
        let whole = FaultyDisk(.none)
        _ = try file.place(list)
        _ = try NetworkListFile(folder: file.folder, disk: whole.disk).withdraw()
        for step in 0..<whole.steps {
            _ = try file.place(list)
            let crashing = NetworkListFile(folder: file.folder, disk: FaultyDisk(.crash(at: step)).disk)
            #expect(throws: InstallFailure.self, "step \(step)") { try crashing.withdraw() }
            let current = try file.current()
            #expect(current == nil || current == list.bytes, "step \(step)")
        }
    }
}
