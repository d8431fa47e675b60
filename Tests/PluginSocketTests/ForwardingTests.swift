import CPluginSocket
import Foundation
import NodePorts
import PluginSocket
import PodNetwork
import Testing

@Suite struct ForwardingTests {
    @Test(arguments: ["ADD", "DEL", "CHECK", "STATUS", "GC", "FOO"])
    func environmentAndInputArriveUnparsed(command: String) throws {
        let requests = Log<PluginRequest>()
        let daemon = try Daemon { request in
            requests.append(request)
            request.reply(exitStatus: 7, output: Array("any \u{0} bytes".utf8))
        }
        let input = [UInt8](0...255) + Array(#"{"cniVersion": broken"#.utf8)
        let outcome = try PluginProcess(
            ["CNI_COMMAND": command, "CNI_ARGS": "A=b;C=d=e", "CNI_EMPTY": "", "PATH": "/bin", "BERTH_SOCKET": daemon.socket],
            input: input
        ).finish()

        let request = try #require(requests.all.first)
        #expect(request.environment == ["CNI_COMMAND": command, "CNI_ARGS": "A=b;C=d=e", "CNI_EMPTY": ""])
        #expect(request.input == input)
        #expect(request.peer.uid == geteuid())
        #expect(request.sandbox == nil && request.sandboxFailure == nil && !request.isOwnNetns)
        #expect(outcome.text == "any \u{0} bytes" && outcome.exitStatus == 7 && outcome.errors == "")
        #expect(requests.all.count == 1 && daemon.stop())
    }

    @Test func theLargestInputAndTheLargestOutputPass() throws {
        let output = [UInt8](repeating: 0x6f, count: Int(BERTH_OUTPUT_BYTES_MAX))
        let daemon = try Daemon { request in
            request.reply(exitStatus: 0, output: request.input.count == Int(BERTH_INPUT_BYTES_MAX) ? output : [])
        }
        let variables = ["CNI_COMMAND": "ADD", "BERTH_SOCKET": daemon.socket, "CNI_ARGS": String(repeating: "a", count: 60_000)]
        let input = [UInt8](repeating: 0x69, count: Int(BERTH_INPUT_BYTES_MAX))
        let outcome = try PluginProcess(variables, input: input).finish()
        #expect(outcome.output == output && outcome.exitStatus == 0)
        #expect(daemon.stop())
    }

    @Test func anOutputThatIsTooLongBecomesAnError() throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: [UInt8](repeating: 0, count: Int(BERTH_OUTPUT_BYTES_MAX) + 1)) }
        let outcome = try PluginProcess("ADD", socket: daemon.socket).finish()
        #expect(outcome.code == 5 && outcome.exitStatus == 1 && outcome.details.contains("262145"))
        #expect(daemon.stop())
    }

    @Test(arguments: ["ADD", "DEL"])
    func anInputThatIsTooLongIsRefusedInTheVersionItNames(command: String) throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: []) }
        let input = #"{"cniVersion":"0.4.0","x":""# + String(repeating: "x", count: Int(BERTH_INPUT_BYTES_MAX)) + #""}"#
        let outcome = try PluginProcess(command, socket: daemon.socket, input: input).finish()
        #expect(outcome.code == 5 && outcome.exitStatus == 1)
        #expect(outcome.json["cniVersion"] as? String == "0.4.0" && outcome.details.contains("262144"))
        #expect(daemon.stop())
    }

    @Test func anEnvironmentThatIsTooLongIsRefused() throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: []) }
        let outcome = try PluginProcess("ADD", socket: daemon.socket, ["CNI_ARGS": String(repeating: "a", count: 65_536)]).finish()
        #expect(outcome.code == 4 && outcome.exitStatus == 1 && outcome.details.contains("65536"))
        #expect(daemon.stop())
    }

    @Test func environmentThatIsNotUTF8IsRepaired() throws {
        let requests = Log<PluginRequest>()
        let daemon = try Daemon { request in
            requests.append(request)
            request.reply(exitStatus: 0, output: [])
        }
        let command = ["/bin/sh", "-c", #"CNI_CONTAINERID=$(printf 'a\377b') exec "$0""#]
        _ = try PluginProcess(["CNI_COMMAND": "DEL", "BERTH_SOCKET": daemon.socket], through: command).finish()
        #expect(requests.all.first?.environment["CNI_CONTAINERID"] == "a\u{fffd}b")
        #expect(daemon.stop())
    }

    @Test func sixtyFourCallsAtOnceEachGetTheirOwnAnswer() throws {
        let daemon = try Daemon { request in
            request.reply(exitStatus: 0, output: Array((request.environment["CNI_CONTAINERID"] ?? "none").utf8))
        }
        let processes = try (0..<64).map { try PluginProcess("DEL", socket: daemon.socket, ["CNI_CONTAINERID": "pod\($0)"]) }
        let answers = try processes.map { try $0.finish().text }
        #expect(answers == (0..<64).map { "pod\($0)" })
        #expect(daemon.stop())
    }

    @Test func theConfigurationsSocketComesBeforeTheEnvironments() throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: Array("answered".utf8)) }
        let escaped = daemon.socket.replacingOccurrences(of: "/", with: #"\/"#)
        let input = #"{"a":{"berthSocket":"/nested"},"b":["berthSocket",{"c":"}\""}],"d":-1.5e3,"berthSocket": "\#(escaped)"}"#
        let outcome = try PluginProcess("STATUS", socket: "/nowhere/cni.sock", input: input).finish()
        #expect(outcome.text == "answered")
        #expect(daemon.stop())
    }

    @Test(arguments: [
        #"{"berthSocket":17}"#, #"{"berthSocket":""}"#, #"{"berthSocket":"/a\u0062"}"#, #"["berthSocket","/a"]"#,
        #"{"a":"berthSocket"}"#, #"{"a":]"berthSocket":"/a"}"#, #"{"berthSocket":"/a"#, #"{"berthSocket":"/a\"#,
        #"{"x""berthSocket":"/a"}"#,
        #""berthSocket""#, #"{"a":{"berthSocket":"/a"#,
    ])
    func aSocketThatTheConfigurationDoesNotPlainlyNameIsPassedOver(input: String) throws {
        let daemon = try Daemon { $0.reply(exitStatus: 0, output: Array("answered".utf8)) }
        #expect(try PluginProcess("STATUS", socket: daemon.socket, input: input).finish().text == "answered")
        #expect(daemon.stop())
    }
}

@Suite(.enabled(if: isPrivileged, "entering a network namespace takes root"))
struct SandboxTests {
    @Test(arguments: ["ADD", "CHECK"])
    func theNamespaceAndASocketInsideItArrive(command: String) throws {
        let netns = try NamedNetns()
        let requests = Log<PluginRequest>()
        let daemon = try Daemon { request in
            requests.append(request)
            request.reply(exitStatus: 0, output: [])
        }
        _ = try PluginProcess(command, socket: daemon.socket, ["CNI_NETNS": netns.path]).finish()

        let request = try #require(requests.all.first)
        let sandbox = try #require(request.sandbox)
        #expect(inode(ofDescriptor: sandbox.netns) == inode(ofPath: netns.path))
        #expect(inode(ofNamespaceOfSocket: sandbox.netlink) == inode(ofPath: netns.path))
        #expect(fcntl(sandbox.netns, F_GETFD) & FD_CLOEXEC != 0 && fcntl(sandbox.netlink, F_GETFD) & FD_CLOEXEC != 0)
        #expect(!request.isOwnNetns && request.sandboxFailure == nil)
        #expect(daemon.stop())
    }

    @Test func descriptorsAreClosedWithTheRequestUnlessTheyWereTaken() throws {
        let netns = try NamedNetns()
        let taken = Log<SandboxDescriptors?>()
        let left = Log<SandboxDescriptors?>()
        let daemon = try Daemon { request in
            if request.environment["CNI_IFNAME"] == "taken" { taken.append(request.takeSandbox()) }
            left.append(request.sandbox)
            request.reply(exitStatus: 0, output: [])
        }
        for name in ["taken", "left"] {
            _ = try PluginProcess("ADD", socket: daemon.socket, ["CNI_NETNS": netns.path, "CNI_IFNAME": name]).finish()
        }
        #expect(daemon.stop())
        let kept = try #require(taken.all.first ?? nil)
        #expect(inode(ofDescriptor: kept.netns) == inode(ofPath: netns.path))
        let closed = try #require(left.all.last ?? nil)
        #expect(left.all.first == .some(nil))
        #expect(inode(ofDescriptor: closed.netns) != inode(ofPath: netns.path))
        close(kept.netns)
        close(kept.netlink)
    }

    @Test func thePluginsOwnNamespaceIsTold() throws {
        let own = Log<Bool>()
        let daemon = try Daemon { request in
            own.append(request.isOwnNetns && request.sandbox != nil)
            request.reply(exitStatus: 0, output: [])
        }
        _ = try PluginProcess("ADD", socket: daemon.socket, ["CNI_NETNS": "/proc/self/ns/net"]).finish()
        #expect(own.all == [true])
        #expect(daemon.stop())
    }

    @Test(arguments: [
        ("/nowhere/netns", SandboxFailure(step: .open, errno: .noSuchEntry)),
        ("/etc/passwd", SandboxFailure(step: .notANamespace, errno: .invalidArgument)),
        ("/proc/self/ns/mnt", SandboxFailure(step: .notANamespace, errno: .invalidArgument)),
    ])
    func whatKeepsTheNamespaceFromOpeningIsTold(path: String, failure: SandboxFailure) throws {
        let requests = Log<PluginRequest>()
        let daemon = try Daemon { request in
            requests.append(request)
            request.reply(exitStatus: 0, output: [])
        }
        _ = try PluginProcess("ADD", socket: daemon.socket, ["CNI_NETNS": path]).finish()
        #expect(requests.all.first?.sandboxFailure == failure && requests.all.first?.sandbox == nil)
        #expect(daemon.stop())
    }

    @Test func aDELBringsNoNamespaceAlong() throws {
        let netns = try NamedNetns()
        let requests = Log<PluginRequest>()
        let daemon = try Daemon { request in
            requests.append(request)
            request.reply(exitStatus: 0, output: [])
        }
        _ = try PluginProcess("DEL", socket: daemon.socket, ["CNI_NETNS": netns.path]).finish()
        #expect(requests.all.first?.sandbox == nil && requests.all.first?.environment["CNI_NETNS"] == netns.path)
        #expect(daemon.stop())
    }
}

/// A network namespace as `ip netns` makes it, until the last reference is gone.
final class NamedNetns: Sendable {
    let name = "berth-test-\(UInt32.random(in: 0...UInt32.max))"
    var path: String { "/run/netns/\(name)" }

    init() throws {
        try #require(try runIP("add"))
    }

    deinit { _ = try? runIP("del") }

    private func runIP(_ verb: String) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ip", "netns", verb, name]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

private func inode(ofPath path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
}

private func inode(ofDescriptor descriptor: Int32) -> UInt64? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? UInt64(status.st_ino) : nil
}

/// Asks the socket for its namespace (netdevice(7): SIOCGSKNS).
private func inode(ofNamespaceOfSocket socket: Int32) -> UInt64? {
    let netns = ioctl(socket, 0x894C)
    defer { close(netns) }
    return inode(ofDescriptor: netns)
}
