import CNISpec
import Conformance
import JSON
import NodePorts

extension Probe {
    /// Rows about STATUS and VERSION.
    static let statuses = [
        Probe(31, .newestVersion, since: .v110) { trial in
            let call = try trial.call(trial.request(.status))
            trial.expect(call.faultsOfSilence)
            let limit = PluginUnderTest.statusMillisecondsMax
            trial.expect(call.milliseconds <= limit, "STATUS: an answer after \(call.milliseconds) ms, which is more than \(limit)")
            guard trial.plugin.daemon != nil else { return }
            try trial.withoutDaemon {
                trial.expect(try trial.call(trial.request(.status).labelled("without the daemon")).faultsOfRefusal(codes: [50]))
            }
            trial.expect(try trial.call(trial.request(.status).labelled("after the daemon's start")).faultsOfSilence)
        },
        Probe(34, .newestVersion) { trial in
            for input in [nil, [UInt8]()] {
                var request = trial.request(.version).labelled(input == nil ? "with a configuration" : "without input")
                request.input = input.map { .bytes($0) }
                let call = try trial.call(request)
                trial.expect(call.faultsOfSuccess)
                trial.expect(call.object?["cniVersion"]?.string != nil, "\(call.label): no cniVersion")
                let missing = trial.plugin.versions.filter { !call.supportedVersions.contains($0) }.map(\.rawValue)
                trial.expect(missing.isEmpty, "\(call.label): \(missing.joined(separator: ", ")) missing in supportedVersions")
            }
        },
    ]

    /// Rows about GC.
    static let garbage = [
        Probe(32, .newestVersion, since: .v110) { trial in
            let before = try trial.hostContents()
            let (kept, dead) = (try trial.sandbox(), try trial.sandbox())
            guard let result = try trial.add(kept), try trial.add(dead) != nil else { return }
            try dead.end()
            let keeping = trial.garbage(keeping: [kept])
            for words in ["that lists one of two", "a second time"] {
                trial.expect(try trial.call(keeping.labelled(words)).faultsOfSilence)
                try trial.expectWhole(kept, result, after: "GC \(words)")
            }
            trial.expect(try trial.call(trial.request(.collectGarbage).labelled("without a list")).faultsOfRefusal(codes: [7]))
            try trial.expectWhole(kept, result, after: "GC without a list")
            try trial.delete(kept, previous: result)
            let null = trial.request(.collectGarbage).sending("cni.dev/valid-attachments", .null).labelled("with null as the list")
            trial.expect(try trial.call(null).faultsOfSilence)
            try trial.expectNothingLeft(since: before)
        },
        Probe(33, .newestVersion, since: .v110) { trial in
            let sandbox = try trial.sandbox()
            guard let result = try trial.add(sandbox) else { return }
            let other = trial.garbage(keeping: []).sending("name", .string(trial.plugin.configuration.network + "-other"))
            trial.expect(try trial.call(other.labelled("of another network")).faultsOfSilence)
            try trial.expectWhole(sandbox, result, after: "GC of another network")
        },
    ]
}

extension Trial {
    /// A GC that lists these sandboxes as alive.
    func garbage(keeping sandboxes: [Sandbox]) -> Request {
        let list = sandboxes.map { ["containerID": .string($0.containerID), "ifname": .string(Sandbox.ifname)] as JSONValue }
        return request(.collectGarbage).sending("cni.dev/valid-attachments", .array(list)).sending("cni.dev/attachments", .array(list))
    }

    fileprivate func expectWhole(_ sandbox: Sandbox, _ result: JSONObject, after words: String) throws {
        let call = try call(request(.check, sandbox, previous: .object(result)).labelled("after \(words)"))
        expect(call.faultsOfSilence)
        let judgement = try? ResultJudgement(of: result, in: version, netns: sandbox.netns, ifname: Sandbox.ifname, behind: sandbox.earlier)
        expect(judgement?.faults(against: try sandbox.contents()).map { "after \(words) \($0)" } ?? [])
    }
}
