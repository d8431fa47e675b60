import CNISpec
import CPluginSocket
import Foundation
import PluginSocket
import Synchronization
import Testing

/// IPAM plugins of others, which the plugin runs when the daemon says so.
@Suite struct IPAMPluginTests {
    /// A folder with an IPAM plugin in it, and a daemon that wants it run.
    private final class Stage: Sendable {
        let folder: TemporaryFolder
        let requests = Log<PluginRequest>()
        let daemon: Daemon

        /// - Parameters:
        ///   - script: What the IPAM plugin does, for a shell.
        ///   - answer: What goes with the order to run it.
        init(
            _ command: CNICommand, telling: Delegation.Telling, limit: Duration = .seconds(20), script: String? = nil, mode: Int = 0o755,
            answer: String = "", status: UInt8 = 0
        ) throws {
            folder = try TemporaryFolder()
            if let script {
                let path = folder.path + "/ipam"
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            }
            daemon = try Daemon { [requests] request in
                requests.append(request)
                let delegation = Delegation(command, to: "ipam", telling: telling, limit: limit)
                if request.outcome == nil {
                    request.reply(exitStatus: status, output: Array(answer.utf8), delegation: delegation)
                } else {
                    request.reply(exitStatus: 7, output: Array("told".utf8))
                }
            }
        }

        func run(
            _ command: String, _ environment: [String: String] = [:], input: String = IPAMPluginTests.configuration
        ) throws -> PluginProcess.Outcome {
            try start(command, environment, input: input).finish()
        }

        func start(
            _ command: String, _ environment: [String: String] = [:], input: String = IPAMPluginTests.configuration
        ) throws -> PluginProcess {
            let base = ["CNI_PATH": "/nowhere:\(folder.path)", "FOLDER": folder.path]
            return try PluginProcess(command, socket: daemon.socket, base.merging(environment) { $1 }, input: input)
        }

        func text(of name: String) throws -> String { try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8) }

        /// What the daemon was told by the latest request.
        var outcome: DelegationOutcome? { requests.all.last?.outcome }
    }

    private static let configuration = #"{"cniVersion":"1.0.0","name":"n","type":"berth-cni","ipam":{"type":"ipam","ranges":[]}}"#

    private func exited(_ status: Int, _ output: String) -> DelegationOutcome { .exited(status: status, output: Array(output.utf8)) }

    @Test func itHasTheEnvironmentAndTheInputAndTheDaemonHearsOfIt() throws {
        let stage = try Stage(.add, telling: .always, script: #"env > "$FOLDER/env"; cat > "$FOLDER/in"; echo result; echo log >&2"#)
        let outcome = try stage.run("ADD", ["CNI_ARGS": "A=b", "OTHER": "x"])
        #expect(outcome.text == "told" && outcome.exitStatus == 7 && outcome.errors == "log\n")
        #expect(stage.outcome == exited(0, "result\n"))
        let variables = try Set(stage.text(of: "env").split(separator: "\n").map(String.init))
        #expect(variables.isSuperset(of: ["CNI_COMMAND=ADD", "CNI_ARGS=A=b", "OTHER=x", "CNI_CONTAINERID=c1"]))
        #expect(try stage.text(of: "in") == Self.configuration)
        let requests = stage.requests.all
        #expect(requests.count == 2 && requests[0].outcome == nil && requests.allSatisfy(\.runsDelegations))
        #expect(requests[1].environment == requests[0].environment && requests[1].input == requests[0].input)
        #expect(stage.daemon.stop())
    }

    @Test func itsCommandIsTheDaemons() throws {
        let stage = try Stage(
            .delete, telling: .never, script: #"printf %s "$CNI_COMMAND" > "$FOLDER/command"; exit 1"#, answer: "refused", status: 1)
        let outcome = try stage.run("ADD")
        #expect(outcome.text == "refused" && outcome.exitStatus == 1)
        #expect(try stage.text(of: "command") == "DEL")
        #expect(stage.requests.all.count == 1 && stage.daemon.stop())
    }

    @Test(arguments: ["DEL", "CHECK", "STATUS", "GC"]) func successIsAnsweredAtOnceAndFailureIsTold(command: String) throws {
        let script = #"echo '{"code":11,"msg":"later"}'; exit "$STATUS""#
        let stage = try Stage(try #require(CNICommand(rawValue: command)), telling: .failure, script: script, answer: "done")
        let success = try stage.run(command, ["STATUS": "0"])
        #expect(success.text == "done" && success.exitStatus == 0 && stage.requests.all.count == 1)
        let failure = try stage.run(command, ["STATUS": "3"])
        #expect(failure.text == "told" && failure.exitStatus == 7 && stage.requests.all.count == 3)
        #expect(stage.outcome == exited(3, "{\"code\":11,\"msg\":\"later\"}\n"))
        #expect(stage.daemon.stop())
    }

    @Test(arguments: [
        ("kill -9 $$", DelegationOutcome.killed(signal: 9)), ("exec sleep 60", .timedOut(after: .milliseconds(200))),
        ("exec >&-; exec sleep 60", .timedOut(after: .milliseconds(200))),
        ("head -c 1000000 /dev/zero", .wroteTooMuch(bytesMax: Int(BERTH_OUTPUT_BYTES_MAX))),
    ])
    func howeverItEndsTheDaemonHearsOfIt(script: String, outcome: DelegationOutcome) throws {
        let limit: Duration = script.contains("sleep") ? .milliseconds(200) : .seconds(20)
        let stage = try Stage(.add, telling: .always, limit: limit, script: script)
        #expect(try stage.run("ADD").text == "told")
        #expect(stage.outcome == outcome)
        #expect(stage.daemon.stop())
    }

    @Test func onlyItsEndIsWaitedForAndNotThatOfItsChildren() throws {
        let stage = try Stage(.add, telling: .always, script: "sleep 3 & echo result")
        #expect(try stage.run("ADD").text == "told" && stage.outcome == exited(0, "result\n"))
        #expect(stage.daemon.stop())
    }

    @Test func itsChildrenEndWithItWhenItsTimeIsUp() throws {
        let stage = try Stage(
            .add, telling: .always, limit: .milliseconds(300), script: #"sleep 60 & echo $! > "$FOLDER/pid"; wait"#)
        #expect(try stage.run("ADD").text == "told")
        let pid = try #require(try Int32(stage.text(of: "pid").dropLast()))
        #expect(hasEnded(pid))
        #expect(stage.daemon.stop())
    }

    /// Writes its process's number, and then takes half a second before it takes what a DEL would free.
    private static let slow = #"echo $$ > "$FOLDER/new"; mv "$FOLDER/new" "$FOLDER/pid"; sleep 0.5; echo $CNI_COMMAND >> "$FOLDER/log""#

    /// Starts a slow one and kills the plugin as soon as that is under way.
    private func killedADD(on stage: Stage, _ environment: [String: String] = [:]) throws {
        let process = try stage.start("ADD", environment)
        for _ in 0..<5_000 where !FileManager.default.fileExists(atPath: stage.folder.path + "/pid") { usleep(2_000) }
        process.kill()
        #expect(try process.finish().exitStatus == -SIGKILL)
    }

    @Test func itOutlivesThePluginAndTheNextOfItsAttachmentWaits() throws {
        let stage = try Stage(.add, telling: .always, script: Self.slow)
        try killedADD(on: stage)
        #expect(try stage.run("ADD").text == "told" && stage.outcome == exited(0, ""))
        // Both are whole, one behind the other.
        #expect(try stage.text(of: "log") == "ADD\nADD\n")
        #expect(stage.daemon.stop())
    }

    @Test func anotherAttachmentDoesNotWaitForIt() throws {
        let stage = try Stage(.add, telling: .always, limit: .seconds(60), script: #"[ $CNI_IFNAME = slow ] || exit 0; "# + Self.hanging)
        try killedADD(on: stage, ["CNI_IFNAME": "slow"])
        #expect(try stage.run("ADD", ["CNI_IFNAME": "eth0"]).text == "told" && stage.outcome == exited(0, ""))
        try end(stage)
    }

    @Test func oneThatNeverEndsKeepsTheNextFromBeingStartedAndItIsTold() throws {
        let stage = try Stage(.add, telling: .always, limit: .milliseconds(200), script: Self.hanging)
        try killedADD(on: stage)
        #expect(try stage.run("ADD").text == "told" && stage.outcome == .busy(for: .milliseconds(200)))
        try end(stage)
    }

    private static let hanging = #"echo $$ > "$FOLDER/new"; mv "$FOLDER/new" "$FOLDER/pid"; exec sleep 60"#

    /// Ends the one that hangs.
    private func end(_ stage: Stage) throws {
        let pid = try #require(try Int32(stage.text(of: "pid").dropLast()))
        kill(pid, SIGKILL)
        #expect(hasEnded(pid))
        #expect(stage.daemon.stop())
    }

    @Test(
        arguments: [
            (nil, 0, DelegationOutcome.notFound), ("exit 0", 0o644, .notStarted(problem: "permission denied (EACCES)")),
        ] as [(String?, Int, DelegationOutcome)])
    func oneThatCannotBeStartedIsTold(script: String?, mode: Int, outcome: DelegationOutcome) throws {
        let stage = try Stage(.add, telling: .always, script: script, mode: mode)
        #expect(try stage.run("ADD").text == "told" && stage.outcome == outcome)
        #expect(stage.daemon.stop())
    }

    @Test(arguments: ["", ":", "/nowhere", "ipam"]) func itIsLookedForInTheFoldersOfThePathAlone(path: String) throws {
        let stage = try Stage(.delete, telling: .always, script: "exit 0")
        _ = try stage.run("DEL", ["CNI_PATH": path])
        #expect(stage.outcome == .notFound && stage.daemon.stop())
    }

    @Test func theLargestInputAndTheLargestOutputPassTogether() throws {
        let count = Int(BERTH_OUTPUT_BYTES_MAX)
        let stage = try Stage(.add, telling: .always, script: "cat > /dev/null; head -c \(count) /dev/zero")
        let padding = String(repeating: "x", count: Int(BERTH_INPUT_BYTES_MAX) - 30)
        let outcome = try stage.run(
            "ADD", ["CNI_ARGS": String(repeating: "a", count: 60_000)], input: #"{"ipam":{"type":"ipam"},"x":"\#(padding.dropLast(10))"}"#)
        #expect(outcome.text == "told")
        #expect(stage.outcome == .exited(status: 0, output: [UInt8](repeating: 0, count: count)))
        #expect(stage.daemon.stop())
    }

    @Test(arguments: [
        (#"{"type":"berth-cni","ipam":{"type":"host-local"}}"#, false), (#"{"ipam":{"ranges":[{}],"type":"static"}}"#, false),
        (#"{"type":"berth-cni","ipam":{"type":"berth-cni"}}"#, true), (#"{"type":"ptp","ipam":{"type":"berth-cni"}}"#, true),
        (#"{"type":"berth-cni","ipam":{}}"#, true), (#"{"type":"berth-cni","ipam":{"type":""}}"#, true),
        (#"{"x":{"ipam":{"type":"a"}}}"#, true),
        (#"{"type":"berth-cni"}"#, true),
    ])
    func aDELIsSpooledUnlessAnotherPluginHasTheAddress(input: String, isSpooled: Bool) throws {
        let folder = try TemporaryFolder()
        let outcome = try PluginProcess("DEL", socket: folder.path + "/cni.sock", input: input).finish()
        #expect(isSpooled ? outcome.exitStatus == 0 && outcome.output == [] : outcome.code == 11, "\(outcome.text)")
        #expect(FileManager.default.fileExists(atPath: folder.path + "/spool") == isSpooled)
    }

    /// An order without end, and orders that are none.
    @Test(arguments: [[], [0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0, 0, 65, 0], [0, 0, 0, 0, 1, 0, 0, 0, 65, 0, 66]] as [[UInt8]])
    func whatIsNoOrderCountsAsNoReply(output: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let socket = folder.path + "/cni.sock"
        let listener = berth_bind(socket)
        #expect(listen(listener, 1) == 0)
        let process = try PluginProcess("ADD", socket: socket)
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, 20_000)
        let connection = berth_accept(listener, 2_000)
        var buffer = [UInt8](repeating: 0, count: 4096)
        #expect(recv(connection, &buffer, buffer.count, 0) > 0)
        var header = berth_reply_header(
            version: UInt8(BERTH_FRAME_VERSION), status: 0, flags: UInt16(BERTH_FLAG_RUN_IPAM), output_bytes: UInt32(output.count))
        #expect(berth_send(connection, &header, MemoryLayout.size(ofValue: header), output, output.count, -1, -1) == 0)
        #expect(try process.finish().details.contains("Protocol error"))
        close(connection)
        close(listener)
    }

    @Test func aDaemonThatWantsItRunForEverIsGivenUp() throws {
        let folder = try TemporaryFolder()
        let daemon = try Daemon {
            $0.reply(exitStatus: 0, output: [], delegation: Delegation(.add, to: "ipam", telling: .always, limit: .seconds(1)))
        }
        let outcome = try PluginProcess("ADD", socket: daemon.socket, ["CNI_PATH": folder.path], input: Self.configuration).finish()
        #expect(outcome.code == 11 && outcome.details.contains("again and again") && daemon.stop())
    }

    @Test(.enabled(if: isPrivileged, "entering a network namespace takes root"), arguments: ["ADD", "CHECK"])
    func itIsRunInTheRuntimesNamespaceAndThePodsIsSentAgain(command: String) throws {
        let netns = try NamedNetns()
        let stage = try Stage(.add, telling: .always, script: "readlink /proc/self/ns/net")
        #expect(try stage.run(command, ["CNI_NETNS": netns.path]).text == "told")
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        #expect(stage.outcome == exited(0, own + "\n"))
        #expect(stage.requests.all.map { $0.sandbox != nil } == [true, true])
        #expect(stage.daemon.stop())
    }

    /// Without the section there is no way back from the pod's namespace, and nothing is spent on one.
    @Test(
        .enabled(if: isPrivileged, "entering a network namespace takes root"),
        arguments: [
            (#"{"type":"berth-cni"}"#, false), (#"{"type":"berth-cni","ipam":{"type":"berth-cni"}}"#, false), (configuration, true),
        ])
    func anADDTellsWhetherItCanBeRun(input: String, isRunnable: Bool) throws {
        let netns = try NamedNetns()
        let requests = Log<Bool>()
        let daemon = try Daemon { request in
            requests.append(request.runsDelegations)
            request.reply(exitStatus: 0, output: [])
        }
        _ = try PluginProcess("ADD", socket: daemon.socket, ["CNI_NETNS": netns.path], input: input).finish()
        #expect(requests.all == [isRunnable] && daemon.stop())
    }

    private func hasEnded(_ pid: Int32) -> Bool {
        for _ in 0..<2_000 {
            let state = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.split(separator: " ").dropFirst(2).first
            guard let state, state != "Z" else { return true }
            usleep(2_000)
        }
        return false
    }
}
