import CPluginSocket
import Dispatch
import Foundation
import PluginSocket
import Synchronization
import Testing

@Suite struct PluginServerTests {
    @Test func theSocketIsForItsOwnerAlone() throws {
        let folder = try TemporaryFolder()
        let listener = try PluginListener(path: folder.path + "/run/cni.sock")
        let modes = try ["/run", "/run/cni.sock"].map {
            try FileManager.default.attributesOfItem(atPath: folder.path + $0)[.posixPermissions] as? Int
        }
        #expect(modes == [0o700, 0o600])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run") == ["cni.sock"])
        _ = consume listener
    }

    @Test func oneListenerFollowsAnotherWithoutAMomentOfNone() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/cni.sock"
        let first = try PluginListener(path: path)
        let absent = Atomic(0)
        let isOver = Atomic(false)
        let ended = Log<Int>()
        Thread {
            while !isOver.load(ordering: .relaxed) {
                let socket = berth_connect(path)
                if socket < 0 && errno == ENOENT { absent.add(1, ordering: .relaxed) }
                close(socket)
            }
            ended.append(0)
        }.start()
        // A listener that is gone refuses, and a plugin tries again; a path that leads nowhere is what must not be.
        for _ in 0..<2_000 { _ = try PluginListener(path: path) }
        isOver.store(true, ordering: .relaxed)
        #expect(ended.await() && absent.load(ordering: .relaxed) == 0)
        _ = consume first
    }

    @Test func aPathThatIsTooLongIsRefused() throws {
        let error = #expect(throws: PluginSocketError.self) {
            _ = try PluginListener(path: "/tmp/" + String(repeating: "x", count: 103))
        }
        #expect(error?.code == .pathTooLong && error?.description.contains("108 bytes") == true)
    }

    @Test func aRequestCanWaitAndBeAnsweredByAJob() throws {
        let parked = Log<PluginRequest>()
        let daemon = try Daemon { parked.append($0) }
        let process = try PluginProcess("ADD", socket: daemon.socket)
        #expect(parked.await())
        try daemon.server.submit { context in
            context += 1
            let answer = "resumed on a worker, \(context)"
            parked.all.first?.reply(exitStatus: 0, output: Array(answer.utf8))
        }
        #expect(try process.finish().text == "resumed on a worker, 1")
        #expect(parked.all.first?.reply(exitStatus: 0, output: []) == false)
        #expect(daemon.stop())
    }

    @Test func aRequestWhosePluginEndedIsAbandoned() throws {
        let parked = Log<PluginRequest>()
        let daemon = try Daemon { parked.append($0) }
        let process = try PluginProcess("ADD", socket: daemon.socket)
        #expect(parked.await())
        let request = try #require(parked.all.first)
        #expect(!request.isAbandoned)
        process.kill()
        #expect(try process.finish().exitStatus == -SIGKILL)
        #expect(request.isAbandoned)
        #expect(!request.reply(exitStatus: 0, output: []))
        #expect(daemon.stop())
    }

    @Test func jobsAreBounded() throws {
        let gate = DispatchSemaphore(value: 0)
        let begun = Log<Int>()
        let daemon = try Daemon(limits: PluginServerLimits(workers: 1, jobsMax: 3)) { $0.reply(exitStatus: 0, output: []) }
        try daemon.server.submit { _ in
            begun.append(0)
            gate.wait()
        }
        #expect(begun.await())
        for index in 1...3 { try daemon.server.submit { _ in begun.append(index) } }
        let full = #expect(throws: PluginSocketError.self) { try daemon.server.submit { _ in } }
        #expect(full?.code == .jobsFull)
        gate.signal()
        #expect(begun.await(3) && begun.all == [0, 1, 2, 3])
        #expect(daemon.stop())
        let stopped = #expect(throws: PluginSocketError.self) { try daemon.server.submit { _ in } }
        #expect(stopped?.code == .stopped)
    }

    @Test func aDrainServesWhoeverWaitsAndTurnsOthersAway() throws {
        let gate = DispatchSemaphore(value: 0)
        let begun = Log<String>()
        let daemon = try Daemon(limits: PluginServerLimits(workers: 1)) { request in
            begun.append(request.environment["CNI_CONTAINERID"] ?? "none")
            gate.wait()
            request.reply(exitStatus: 0, output: Array("served".utf8))
        }
        let first = try PluginProcess("DEL", socket: daemon.socket)
        #expect(begun.await())
        // These are in the queue the moment connect returns.
        let queued = (0..<3).map { _ in berth_connect(daemon.socket) }
        for socket in queued { #expect(send(request("DEL", to: "q"), on: socket) == 0) }

        let drained = Log<PluginServerRemainder>()
        Thread { drained.append(daemon.server.drain(within: .seconds(20))) }.start()
        var late = berth_connect(daemon.socket)
        while late >= 0 {
            // The drain has not begun yet; who came before it is served too.
            #expect(send(request("DEL", to: "q"), on: late) == 0)
            gate.signal()
            late = berth_connect(daemon.socket)
        }
        #expect(errno == ECONNREFUSED)
        for _ in 0..<4 { gate.signal() }
        #expect(drained.await() && drained.all.first?.isEmpty == true)
        #expect(try first.finish().text == "served")
        for socket in queued { #expect(reply(on: socket)?.output == "served") }
        #expect(try PluginProcess("DEL", socket: daemon.socket).finish().exitStatus == 0)
        #expect(DeleteSpool(socketPath: daemon.socket).replay { _ in true }.handled == 1)
    }

    @Test func aDrainTellsWhatItCouldNotFinish() throws {
        let gate = DispatchSemaphore(value: 0)
        let begun = Log<Int>()
        let parked = Log<PluginRequest>()
        let daemon = try Daemon(limits: PluginServerLimits(workers: 2)) { parked.append($0) }
        let process = try PluginProcess("ADD", socket: daemon.socket)
        #expect(parked.await())
        try daemon.server.submit { _ in
            begun.append(0)
            gate.wait()
        }
        #expect(begun.await())
        let remainder = daemon.server.drain(within: .milliseconds(50))
        #expect(remainder.requests == 1 && remainder.workers == 1 && remainder.jobs == 0)
        gate.signal()
        parked.all.first?.reply(exitStatus: 0, output: Array("still answered".utf8))
        #expect(try process.finish().text == "still answered")
    }

    @Test func aContextThatCannotBeMadeStopsTheStart() throws {
        struct NoContext: Error {}
        let folder = try TemporaryFolder()
        let made = Log<Int>()
        #expect(throws: NoContext.self) {
            _ = try PluginServer<Int>(
                PluginListener(path: folder.path + "/cni.sock"),
                makeContext: {
                    made.append(1)
                    guard made.all.count < 3 else { throw NoContext() }
                    return 0
                }, refused: { _ in }, handle: { _, _ in })
        }
    }

    @Test func aSilentCallerDoesNotHoldAWorker() throws {
        let daemon = try Daemon(limits: PluginServerLimits(workers: 1, receiveTimeout: .milliseconds(20))) {
            $0.reply(exitStatus: 0, output: Array("served".utf8))
        }
        let silent = berth_connect(daemon.socket)
        #expect(try PluginProcess("STATUS", socket: daemon.socket).finish().text == "served")
        #expect(daemon.refusals.await())
        guard case .silent(let peer, .some) = daemon.refusals.all.first else {
            Issue.record("\(daemon.refusals.all)")
            return
        }
        #expect(peer.pid == getpid())
        close(silent)
        #expect(daemon.stop())
    }

    @Test(arguments: [
        Unreadable(version: 1, bytes: 3, code: 5), Unreadable(version: 2, bytes: 16, code: 114),
        Unreadable(version: 1, bytes: 17, code: 5), Unreadable(version: 1, bytes: 400_000, code: 5),
    ])
    func aFrameThatCannotBeReadIsRefused(frame: Unreadable) throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: []) }
        let socket = berth_connect(daemon.socket)
        #expect(send([frame.version] + [UInt8](repeating: 0, count: frame.bytes - 1), on: socket) == 0)
        let answer = try #require(reply(on: socket))
        #expect(answer.status == 1 && answer.output.contains("\"code\":\(frame.code),"))
        #expect(daemon.refusals.await())
        close(socket)
        #expect(daemon.stop())
    }

    /// A frame whose lengths are all zero, and the code of the answer.
    struct Unreadable: Sendable {
        let version: UInt8
        let bytes: Int
        let code: Int
    }

    @Test(.enabled(if: isPrivileged, "becoming another user takes root"))
    func aCallerOfAnotherUserIsRefused() throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: []) }
        let folder = try TemporaryFolder()
        let binary = folder.path + "/berth-cni"
        try FileManager.default.copyItem(atPath: PluginProcess.binary, toPath: binary)
        // Let the user reach what the modes would keep from it, so that the check of the caller is what refuses.
        for path in [folder.path, binary, (daemon.socket as NSString).deletingLastPathComponent] { chmod(path, 0o755) }
        chmod(daemon.socket, 0o666)
        let outcome = try PluginProcess(
            ["CNI_COMMAND": "ADD", "BERTH_SOCKET": daemon.socket, "PATH": "/usr/bin:/bin"],
            through: ["setpriv", "--reuid", "65534", "--clear-groups"], binary: binary
        ).finish()
        #expect(outcome.exitStatus == 1 && outcome.code == 5 && outcome.details.contains("of user 65534 may not call berthd"))
        #expect(daemon.refusals.await() && daemon.refusals.all.first?.description.contains("65534") == true)
        #expect(daemon.stop())
    }

    /// A request as the plugin would send it.
    private func request(_ command: String, to container: String) -> [UInt8] {
        let environment = Array("CNI_COMMAND=\(command)\u{0}CNI_CONTAINERID=\(container)\u{0}".utf8)
        let header = berth_request_header(
            version: UInt8(BERTH_FRAME_VERSION), flags: 0, sandbox_step: 0, reserved: 0, sandbox_errno: 0,
            environment_bytes: UInt32(environment.count), input_bytes: 0)
        return withUnsafeBytes(of: header) { Array($0) } + environment
    }

    private func send(_ frame: [UInt8], on socket: Int32) -> Int32 {
        berth_send(socket, frame, frame.count, nil, 0, -1, -1)
    }

    /// Waits for a reply; nil when the connection is closed without one.
    private func reply(on socket: Int32) -> (status: UInt8, output: String)? {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        poll(&waiting, 1, 20_000)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = recv(socket, &buffer, buffer.count, 0)
        guard length >= MemoryLayout<berth_reply_header>.size else { return nil }
        return (buffer[1], String(decoding: buffer[8..<length], as: UTF8.self))
    }
}
