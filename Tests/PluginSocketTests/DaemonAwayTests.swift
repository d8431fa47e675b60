import CPluginSocket
import Foundation
import PluginSocket
import Testing

@Suite struct DaemonAwayTests {
    @Test func aCommandThatFindsNoDaemonFailsInTheConfigurationsVersion() throws {
        let folder = try TemporaryFolder()
        let codes = ["ADD": 11, "CHECK": 11, "GC": 11, "STATUS": 50, "FOO": 11]
        let processes = try codes.keys.map { ($0, try PluginProcess($0, socket: folder.path + "/cni.sock")) }
        for (command, process) in processes {
            let outcome = try process.finish()
            #expect(outcome.exitStatus == 1 && outcome.code == codes[command], "\(command)")
            #expect(outcome.json["cniVersion"] as? String == "1.0.0")
            #expect(outcome.details.contains(folder.path + "/cni.sock: No such file or directory (errno 2)"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test(arguments: [
        ("", "1.1.0"), ("{", "1.1.0"), ("null", "1.1.0"), (#"{"cniVersion":3}"#, "1.1.0"), (#"{"cniVersion":"1.0.0\"}"}"#, "1.1.0"),
        (#"{"cniVersion":"0.3.1","name":"#, "0.3.1"),
    ])
    func aMalformedConfigurationStillGetsItsAnswer(input: String, version: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try PluginProcess("STATUS", socket: folder.path + "/cni.sock", input: input).finish()
        #expect(outcome.code == 50 && outcome.json["cniVersion"] as? String == version)
    }

    @Test func anADDReachesADaemonThatComesLate() throws {
        let folder = try TemporaryFolder()
        let process = try PluginProcess("ADD", socket: folder.path + "/cni.sock")
        let daemon = try Daemon(folder: folder) { $0.reply(exitStatus: 0, output: Array("late".utf8)) }
        #expect(try process.finish().text == "late")
        #expect(daemon.stop())
    }

    @Test func aDELThatFindsNoDaemonIsSpooledAndSucceeds() throws {
        let folder = try TemporaryFolder()
        let socket = folder.path + "/berth/cni.sock"
        let outcome = try PluginProcess("DEL", socket: socket, ["CNI_CONTAINERID": "gone"]).finish()
        #expect(outcome.exitStatus == 0 && outcome.output == [] && outcome.errors == "")
        #expect(replay(socket).map { $0.environment["CNI_CONTAINERID"] } == ["gone"])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/berth/spool")[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func aDELThatCannotBeSpooledSaysWhy() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(fileURLWithPath: folder.path + "/spool"))
        let outcome = try PluginProcess("DEL", socket: folder.path + "/cni.sock").finish()
        #expect(outcome.exitStatus == 1 && outcome.code == 11)
        #expect(outcome.details.contains(folder.path + "/spool: Not a directory"))
    }

    @Test func aFullSpoolTakesNoMore() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/spool", withIntermediateDirectories: false)
        for index in 0..<Int(BERTH_SPOOL_FILES_MAX) { close(creat("\(folder.path)/spool/\(index)", 0o600)) }
        let outcome = try PluginProcess("DEL", socket: folder.path + "/cni.sock").finish()
        #expect(outcome.exitStatus == 1 && outcome.code == 11 && outcome.details.hasPrefix("10000 requests wait"))
    }

    @Test(arguments: [("ADD", 11), ("CHECK", 11), ("GC", 11), ("STATUS", 50)])
    func aCommandWhoseConnectionIsLostIsNotSentAgain(command: String, code: Int) throws {
        let requests = Log<String>()
        let daemon = try Daemon { requests.append($0.environment["CNI_COMMAND"] ?? "none") }
        let outcome = try PluginProcess(command, socket: daemon.socket).finish()
        #expect(outcome.exitStatus == 1 && outcome.code == code)
        #expect(requests.all == [command])
        #expect(daemon.stop())
    }

    @Test func aDELWhoseConnectionIsLostIsSpooled() throws {
        let daemon = try Daemon { _ in }
        let outcome = try PluginProcess("DEL", socket: daemon.socket).finish()
        #expect(outcome.exitStatus == 0 && outcome.output == [])
        #expect(replay(daemon.socket).count == 1)
        #expect(daemon.stop())
    }

    @Test func aDaemonThatDoesNotAnswerSTATUSIsNotWaitedForLong() throws {
        let held = Log<PluginRequest>()
        let daemon = try Daemon { held.append($0) }
        let outcome = try PluginProcess("STATUS", socket: daemon.socket).finish()
        #expect(outcome.code == 50 && outcome.details.contains("Connection timed out (errno 110)"))
        let request = try #require(held.all.first)
        #expect(request.isAbandoned && !request.reply(exitStatus: 0, output: []))
        #expect(daemon.stop())
    }

    @Test(arguments: ["ADD", "DEL"])
    func aReplyThatIsNoFrameCountsAsNone(command: String) throws {
        let folder = try TemporaryFolder()
        let socket = folder.path + "/cni.sock"
        let listener = berth_bind(socket)
        #expect(listen(listener, 1) == 0)
        let process = try PluginProcess(command, socket: socket)
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, 20_000)
        let connection = berth_accept(listener, 2_000)
        var buffer = [UInt8](repeating: 0, count: 4096)
        #expect(recv(connection, &buffer, buffer.count, 0) > 0)
        #expect(berth_send(connection, "hello", 5, nil, 0, -1, -1) == 0)
        let outcome = try process.finish()
        #expect(command == "DEL" ? replay(socket).count == 1 : outcome.details.contains("Protocol error"))
        close(connection)
        close(listener)
    }

    @Test(arguments: [("berthSocket", 7), ("BERTH_SOCKET", 4)])
    func aSocketPathThatIsTooLongIsACleanError(source: String, code: Int) throws {
        let path = "/tmp/" + String(repeating: "x", count: 103)
        let input = source == "berthSocket" ? #"{"cniVersion":"0.4.0","berthSocket":"\#(path)"}"# : #"{"cniVersion":"0.4.0"}"#
        for command in ["ADD", "DEL"] {
            let outcome = try PluginProcess(command, socket: path, input: input).finish()
            #expect(outcome.exitStatus == 1 && outcome.code == code && outcome.details.contains("at most 107 bytes: \(path)"))
        }
    }

    private func replay(_ socket: String) -> [SpooledDelete] {
        var found: [SpooledDelete] = []
        _ = DeleteSpool(socketPath: socket).replay {
            found.append($0)
            return true
        }
        return found
    }
}

@Suite struct WithoutADaemonTests {
    @Test(arguments: [
        (#"{"cniVersion":"0.4.0"}"#, "0.4.0"), ("", "1.1.0"), ("{", "1.1.0"), (#"{"a":{"cniVersion":"0.4.0"}}"#, "1.1.0"),
        (#" { "a" : [ 1 , "cniVersion" ] , "cniVersion" : "0.2.0" } "#, "0.2.0"),
    ])
    func versionIsAnsweredAlone(input: String, version: String) throws {
        let outcome = try PluginProcess("VERSION", socket: "/nowhere/cni.sock", input: input).finish()
        #expect(outcome.exitStatus == 0 && outcome.errors == "")
        #expect(outcome.json["cniVersion"] as? String == version)
        let versions = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]
        #expect(outcome.json["supportedVersions"] as? [String] == versions)
    }

    @Test(arguments: [[:], ["CNI_COMMAND": ""]])
    func withoutACommandThePluginSaysWhatItIs(environment: [String: String]) throws {
        let outcome = try PluginProcess(environment).finish()
        #expect(outcome.exitStatus == 0 && outcome.output == [])
        #expect(outcome.errors.hasPrefix("berth-cni: "))
        #expect(outcome.errors.contains("0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n"))
    }
}
