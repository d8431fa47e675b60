import CPluginSocket
import Foundation
import PluginSocket
import Testing

@Suite struct DeleteSpoolTests {
    private let folder: TemporaryFolder
    private let socket: String
    private let spool: DeleteSpool

    init() throws {
        folder = try TemporaryFolder()
        socket = folder.path + "/cni.sock"
        spool = DeleteSpool(socketPath: socket)
    }

    @Test func whatPluginsSpooledComesBackOldestFirst() throws {
        for index in 0..<5 {
            _ = try PluginProcess("DEL", socket: socket, ["CNI_CONTAINERID": "pod\(index)"], input: "input \(index)").finish()
        }
        var seen: [SpooledDelete] = []
        let replay = spool.replay {
            seen.append($0)
            return true
        }
        #expect(seen.map { $0.environment["CNI_CONTAINERID"] } == (0..<5).map { "pod\($0)" })
        #expect(seen.map { String(decoding: $0.input, as: UTF8.self) } == (0..<5).map { "input \($0)" })
        #expect(replay.handled == 5 && replay.faults == [])
        #expect(try files() == [])
    }

    @Test func aRequestThatIsNotDoneStays() throws {
        for index in 0..<3 { try store("000\(index)", request("DEL", "pod\(index)")) }
        let first = spool.replay { $0.environment["CNI_CONTAINERID"] != "pod1" }
        #expect(first.handled == 2 && first.kept == 1)
        #expect(try files() == ["0001"])
        #expect(spool.replay { _ in true }.handled == 1)
    }

    @Test func aFolderThatIsNotThereIsAnEmptyOne() {
        let replay = spool.replay { _ in true }
        #expect(replay.handled == 0 && replay.kept == 0 && replay.faults == [])
    }

    @Test(arguments: [
        Data(), Data([1]), Data([9] + [UInt8](repeating: 0, count: 15)), Data([1] + [UInt8](repeating: 0, count: 14) + [1]),
        Data(count: Int(BERTH_REQUEST_BYTES_MAX) + 1),
    ])
    func aDamagedFileIsPutAsideAndTheOthersAreDone(damaged: Data) throws {
        try store("0001", damaged)
        try store("0002", request("DEL", "pod"))
        let replay = spool.replay { _ in true }
        #expect(replay.handled == 1 && replay.faults.map(\.file) == [folder.path + "/spool/0001"])
        #expect(try files() == ["damaged/0001"])
    }

    @Test func aCommandThatIsNeverSpooledCountsAsDamaged() throws {
        try store("0001", request("ADD", "pod"))
        let replay = spool.replay { _ in
            Issue.record("an ADD was replayed")
            return true
        }
        #expect(replay.faults.first?.reason.contains("ADD") == true)
        #expect(try files() == ["damaged/0001"])
    }

    @Test func aLinkIsNotFollowed() throws {
        try store("0001", request("DEL", "pod"))
        try FileManager.default.moveItem(atPath: folder.path + "/spool/0001", toPath: folder.path + "/elsewhere")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/spool/0001", withDestinationPath: folder.path + "/elsewhere")
        #expect(spool.replay { _ in true }.faults.count == 1)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/elsewhere"))
    }

    @Test func damagedFilesAreBounded() throws {
        for index in 0..<130 { try store("\(1000 + index)", Data([0])) }
        #expect(spool.replay { _ in true }.faults.count == 130)
        #expect(try files().count == 100)
    }

    @Test func aFileThatAPluginNeverFinishedIsRemovedInTime() throws {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        let recent = ".\(time.tv_sec * 1_000_000_000)-17"
        try store(recent, Data([1]))
        try store(".0000000000000000001-18", Data([1]))
        // On a machine that has just booted both are recent.
        let isOldByNow = time.tv_sec > 600
        #expect(spool.replay { _ in true }.faults == [])
        #expect(try files() == (isOldByNow ? [recent] : [".0000000000000000001-18", recent]))
    }

    private func store(_ name: String, _ bytes: Data) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/spool", withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: folder.path + "/spool/" + name))
    }

    /// Every file of the spool by its path, sorted.
    private func files() throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: folder.path + "/spool")
        return all.filter { $0 != "damaged" }.sorted()
    }

    private func request(_ command: String, _ container: String) -> Data {
        let environment = Array("CNI_COMMAND=\(command)\u{0}CNI_CONTAINERID=\(container)\u{0}".utf8)
        let header = berth_request_header(
            version: UInt8(BERTH_FRAME_VERSION), flags: 0, sandbox_step: 0, reserved: 0, sandbox_errno: 0,
            environment_bytes: UInt32(environment.count), input_bytes: 0)
        return withUnsafeBytes(of: header) { Data($0) } + Data(environment)
    }
}
