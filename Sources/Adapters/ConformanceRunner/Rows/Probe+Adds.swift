import CNISpec
import Conformance
import JSON
import PodNetwork

extension Probe {
    /// Rows about the result of an ADD.
    static let adds = [
        Probe(21) { trial in
            let sandbox = try trial.sandbox()
            guard let judgement = try trial.judgedAdd(sandbox) else { return }
            trial.expect(judgement.faultsOfShape)
            trial.expect(judgement.faults(against: try sandbox.contents()))
        },
        Probe(22, since: .v030) { trial in
            let previous: JSONValue = [
                "cniVersion": .string(trial.version.rawValue),
                "interfaces": [["name": "earlier0", "mac": "02:00:00:00:00:01"]],
                "dns": ["nameservers": ["192.0.2.53"]],
            ]
            let sandbox = try trial.sandbox()
            let call = try trial.call(trial.request(.add, sandbox, previous: previous).labelled("behind another plugin"))
            guard trial.expectResult(call) != nil, let result = call.result else { return }
            trial.expect(
                result.interfaces.contains { $0.name == "earlier0" }, "\(call.label): the interface before it is not in the result")
            trial.expect(result.dns.nameservers == ["192.0.2.53"], "\(call.label): the name server before it is not in the result")
            trial.expect(
                result.interfaces.contains { $0.name == Sandbox.ifname && $0.sandbox == sandbox.netns },
                "\(call.label): its own interface is not in the result")
        },
        Probe(25) { trial in
            let sandbox = try trial.sandbox()
            guard let judgement = try trial.judgedAdd(sandbox) else { return }
            trial.expect(judgement.faultsOfExtras(mtuBytes: try sandbox.link()?.mtuBytes))
        },
        Probe(39) { trial in
            guard let judgement = try trial.judgedAdd(try trial.sandbox()) else { return }
            trial.expect(judgement.faultsOfAddresses)
        },
        Probe(40) { trial in
            let sandbox = try trial.sandbox()
            let name = sandbox.containerID
            let arguments = [
                "EXAMPLE_KEY=value;IgnoreUnknown=1;K8S_POD_UID=b1c2;K8S_POD_NAME=\(name);K8S_POD_NAMESPACE=default",
                "K8S_POD_NAMESPACE=default;K8S_POD_INFRA_CONTAINER_ID=\(name);IgnoreUnknown=true;ANOTHER=;K8S_POD_NAME=\(name)",
            ]
            trial.expectResult(try trial.call(trial.request(.add, sandbox).setting("CNI_ARGS", arguments[0])))
            trial.expect(try trial.call(trial.request(.delete, sandbox).setting("CNI_ARGS", arguments[1])).faultsOfSilence)
        },
        Probe(24, .newestVersion) { trial in
            let sandbox = try trial.sandbox()
            try trial.withoutDaemon {
                let call = try trial.call(trial.request(.add, sandbox).labelled("without the daemon"))
                trial.expect(call.faultsOfRefusal(codes: [11]))
            }
        },
    ]
}

extension Trial {
    /// Adds a sandbox and reads the result for judging; nil after a fault.
    func judgedAdd(_ sandbox: Sandbox) throws(ConformanceError) -> ResultJudgement? {
        guard let object = try add(sandbox) else { return nil }
        return try? ResultJudgement(of: object, in: version, netns: sandbox.netns, ifname: Sandbox.ifname, behind: sandbox.earlier)
    }
}
