import CNISpec
import Conformance
import Glibc
import JSON

extension Probe {
    /// Rows about calls that run beside others.
    static let parallels = [
        Probe(35, .newestVersion) { trial in
            let before = try trial.hostContents()
            var sandboxes: [Sandbox] = []
            for _ in 0..<trial.plugin.parallel { sandboxes.append(try trial.sandbox()) }
            let added = try trial.callAtOnce(sandboxes.map { trial.request(.add, $0) })
            for call in added { trial.expectResult(call) }
            let addresses = zip(sandboxes, added).flatMap { sandbox, call in
                let earlier = sandbox.earlier?.addresses.map(\.address) ?? []
                return (call.result?.addresses ?? []).map(\.address).filter { !earlier.contains($0) }
            }
            trial.expect(Set(addresses).count == addresses.count, "\(addresses.count - Set(addresses).count) addresses were given twice")
            if trial.version >= CNICommand.check.since {
                let checks = zip(sandboxes, added).compactMap { sandbox, call in
                    call.object.map { trial.request(.check, sandbox, previous: .object($0)) }
                }
                for call in try trial.callAtOnce(checks) { trial.expect(call.faultsOfSilence) }
            }
            for call in try trial.callAtOnce(sandboxes.map { trial.request(.delete, $0) }) { trial.expect(call.faultsOfSilence) }
            for _ in 0..<retriedContainers { try trial.addTwiceAtOnce(try trial.sandbox()) }
            try trial.expectNothingLeft(since: before)
        },
        Probe(42, .newestVersion) { trial in
            let folder = try trial.folder()
            let bytes = try trial.readBytes(trial.plugin.path)
            try trial.write(bytes, to: "\(folder)/plugin")
            try trial.write(bytes, to: "\(folder)/next")
            let sandboxes = [try trial.sandbox(), try trial.sandbox()]
            let requests = sandboxes.map { sandbox in
                var request = trial.request(.add, sandbox).labelled("of a plugin that is being replaced")
                request.program = "\(folder)/plugin"
                return request
            }
            let child = try trial.start(requests[0])
            guard rename("\(folder)/next", "\(folder)/plugin") == 0 else { throw ConformanceError("replace the plugin", errno: errno) }
            trial.expectResult(try trial.finish(child, of: requests[0]))
            trial.expectResult(try trial.call(requests[1]))
        },
    ]
}

/// How many containers are added twice at once: whether both calls meet is a matter of luck.
private let retriedContainers = 8

extension Trial {
    /// What a runtime does that has lost patience with its first call.
    fileprivate func addTwiceAtOnce(_ sandbox: Sandbox) throws(ConformanceError) {
        let successes = try callAtOnce([request(.add, sandbox), request(.add, sandbox)]).count(where: \.isSuccess)
        expect(successes == 1, "of 2 ADDs of one container at once \(successes) succeeded")
        try delete(sandbox)
    }

    /// Starts all calls and then waits for all of them.
    fileprivate func callAtOnce(_ requests: [Request]) throws(ConformanceError) -> [PluginCall] {
        var children: [(ChildProgram, Request)] = []
        for request in requests { children.append((try start(request), request)) }
        var calls: [PluginCall] = []
        for (child, request) in children { calls.append(try finish(child, of: request)) }
        return calls
    }
}
