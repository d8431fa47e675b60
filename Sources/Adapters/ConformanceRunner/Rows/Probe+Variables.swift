import CNISpec
import Conformance

extension Probe {
    /// Rows about the `CNI_` variables. They are the same in every version, but for the version that an error tells.
    static let variables = [
        Probe(1) { trial in
            let sandbox = try trial.sandbox()
            for word in ["JUMP", "add"] {
                var request = trial.request(.add, sandbox).setting("CNI_COMMAND", word)
                request.label = "CNI_COMMAND \(word)"
                trial.expect(try trial.call(request).faultsOfRefusal(codes: [4], naming: [word]))
            }
        },
        Probe(2, .newestVersion) { trial in
            var request = trial.request(.version)
            request.variables = [:]
            let call = try trial.call(request.sending(.bytes([])).labelled("without any variable"))
            trial.expect(call.faultsOfSilence)
            trial.expect(
                CNIVersion.allCases.contains { call.errors.contains($0.rawValue) },
                "a call without any variable: no version on standard error")
        },
        Probe(3) { trial in
            var request = trial.request(.add, try trial.sandbox())
            let names = ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"]
            for name in names { request.variables[name] = nil }
            let call = try trial.call(request.labelled("without \(names.joined(separator: ", "))"))
            trial.expect(call.faultsOfRefusal(codes: [4], naming: names))
        },
        Probe(4) { trial in
            let sandbox = try trial.sandbox()
            for containerID in ["../a", "-a", "a b", "a/b"] {
                trial.expect(
                    try trial.call(trial.request(.add, sandbox).setting("CNI_CONTAINERID", containerID)).faultsOfRefusal(codes: [4]))
            }
            trial.expect(try trial.call(trial.request(.add, sandbox).setting("CNI_CONTAINERID", "")).faultsOfRefusal(codes: [4, 3]))
        },
        Probe(5) { trial in
            let sandbox = try trial.sandbox()
            for ifname in [".", "..", "a/b", "a:b", "a b", "sixteen-letters0"] {
                trial.expect(try trial.call(trial.request(.add, sandbox).setting("CNI_IFNAME", ifname)).faultsOfRefusal(codes: [4]))
            }
        },
        Probe(6) { trial in
            let sandbox = try trial.sandbox()
            let withoutNetns = { trial.request($0, sandbox).setting("CNI_NETNS", nil) }
            trial.expect(try trial.call(withoutNetns(.add)).faultsOfRefusal(codes: [4], naming: ["CNI_NETNS"]))
            if trial.version >= CNICommand.check.since {
                trial.expect(try trial.call(withoutNetns(.check)).faultsOfRefusal(codes: [4], naming: ["CNI_NETNS"]))
            }
            trial.expect(try trial.call(withoutNetns(.delete)).faultsOfSilence)
        },
        Probe(7, .newestVersion) { trial in
            let sandbox = try trial.sandbox()
            trial.expect(try trial.call(trial.request(.version).setting("CNI_PATH", nil)).faultsOfSuccess)
            var requests = [trial.request(.add, sandbox)]
            if trial.version >= CNICommand.collectGarbage.since { requests.append(trial.garbage(keeping: [sandbox])) }
            for request in requests {
                let call = try trial.call(request.setting("CNI_PATH", nil))
                if !call.isSuccess { trial.expect(call.faultsOfRefusal(codes: [4], naming: ["CNI_PATH"])) }
            }
        },
    ]
}
