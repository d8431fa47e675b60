import NetlinkAdapter
import NodePorts
import NodePortsTesting
import PodNetwork

/// A host and a sandbox, once real and once in memory, to which the same is done.
final class KernelComparisonPair {
    private struct Side {
        let name: String
        let namespaces: [ComparedPlace: any KernelNamespace]
        /// Descriptors by which the peers of veths are sent to a place.
        let netns: [ComparedPlace: Int32]
    }

    private let real: Side
    private let memory: Side
    /// Kept, as they are gone with their last owner.
    private let realNamespaces: [RealNamespace]

    init() throws {
        let (host, sandbox) = (try RealNamespace(), try RealNamespace())
        realNamespaces = [host, sandbox]
        real = Side(
            name: "Linux", namespaces: [.host: try host.open(), .sandbox: try sandbox.open()],
            netns: [.host: host.netns, .sandbox: sandbox.netns])
        let kernel = InMemoryKernel()
        let node = kernel.kernel(for: kernel.host)
        let (home, pod) = (
            try kernel.openDescriptors(of: kernel.host), try kernel.openDescriptors(of: kernel.createNamespace(named: "sandbox"))
        )
        memory = Side(
            name: "memory", namespaces: [.host: try node.openSandbox(home), .sandbox: try node.openSandbox(pod)],
            netns: [.host: home.netns, .sandbox: pod.netns])
        try levelTheGround()
    }

    /// Gives the real namespaces the settings of a kernel that was told nothing: a new namespace has some of the machine's.
    ///
    /// No link makes a link-local address by itself either, or asks for routers, from which the other end would learn a neighbour:
    /// both happen at a time of the kernel's choosing.
    private func levelTheGround() throws {
        for place in ComparedPlace.allCases {
            guard let linux = real.namespaces[place], let memory = memory.namespaces[place] else { continue }
            var changes = ["all", "default"].map { KernelChange.setSysctl("ipv4/conf/\($0)/promote_secondaries", "0") }
            changes += [("addr_gen_mode", "1"), ("router_solicitations", "0")].map { .setSysctl("ipv6/conf/default/\($0)", $1) }
            for path in RandomKernelSteps.sysctls(of: ["all", "default", "lo"]) {
                guard let value = try memory.sysctl(path), try linux.sysctl(path) != value else { continue }
                changes.append(.setSysctl(path, value))
            }
            _ = try linux.perform(changes, sandboxNetns: nil)
        }
    }

    /// Takes the steps and tells where the kernels first differ; nil when they do nowhere.
    ///
    /// - Parameter isThorough: Whether everything is compared after each step and not only at the end.
    static func difference(after steps: [KernelComparisonStep], isThorough: Bool) throws -> String? {
        let pair = try KernelComparisonPair()
        for (number, step) in steps.enumerated() {
            let found = try pair.difference(at: step) ?? (isThorough ? pair.differenceOfStates() : nil)
            if let found { return "step \(number + 1) of \(steps.count): \(found)" }
        }
        return try pair.differenceOfStates()
    }

    private func difference(at step: KernelComparisonStep) throws -> String? {
        let answers = try [real, memory].map { side in
            switch step {
            case .perform(let changes, let place, let peers):
                Self.texts(try side.namespaces[place]?.perform(changes, sandboxNetns: side.netns[peers]) ?? [], of: changes)
            case .want(let wish, let objects, let place, let peers):
                side.namespaces[place].map { wish.answer(objects, of: $0, sandboxNetns: side.netns[peers]) } ?? []
            case .read(let query, let place):
                try side.namespaces[place].map { try query.answer(of: $0) } ?? []
            }
        }
        if answers[0] == answers[1] { return nil }
        if case .read(let query, let place) = step { return Self.text(query, place, answers) }
        return "\(real.name) answers \(answers[0]), \(memory.name) \(answers[1])"
    }

    /// Why a change failed is not compared when its link was to be made by a change before it that failed: Linux is asked for
    /// a number that no link has, and may answer ENODEV or find something else wrong first.
    private static func texts(_ outcomes: [KernelErrno?], of changes: [KernelChange]) -> [String] {
        var hasFailedVeth = false
        return zip(changes, outcomes).map { change, outcome in
            guard let outcome else { return "done" }
            if case .create(.veth) = change { hasFailedVeth = true } else if hasFailedVeth { return "failed" }
            return "\(outcome)"
        }
    }

    private func differenceOfStates() throws -> String? {
        for place in ComparedPlace.allCases {
            for query in KernelQuery.lists {
                if let found = try difference(at: .read(query, in: place)) { return found }
            }
            for path in RandomKernelSteps.sysctlsOfEveryLink {
                if let found = try difference(at: .read(.sysctl(path), in: place)) { return found }
            }
        }
        return nil
    }

    private static func text(_ query: KernelQuery, _ place: ComparedPlace, _ answers: [[String]]) -> String {
        let only = (answers[0].filter { !answers[1].contains($0) }, answers[1].filter { !answers[0].contains($0) })
        guard only != ([], []) else { return "\(place), \(query): Linux lists \(answers[0]), memory \(answers[1])" }
        return "\(place), \(query): only Linux has \(only.0), only memory has \(only.1)"
    }
}
