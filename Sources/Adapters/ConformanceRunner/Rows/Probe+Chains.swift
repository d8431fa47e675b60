import CNISpec
import Conformance
import JSON
import PodNetwork

extension Probe {
    /// Rows about versions side by side.
    static let conversions = [
        Probe(38) { trial in
            guard let judgement = try trial.judgedAdd(try trial.sandbox()) else { return }
            trial.expect(judgement.faultsOfConversion)
            for version in trial.spoken {
                let sandbox = try trial.sandbox()
                guard let object = try trial.add(sandbox, in: version), let result = try? CNIResult(parsing: .object(object)) else {
                    continue
                }
                // A runtime converts the result that it has kept when the version of the conflist has changed since.
                if version >= .v030, trial.version >= CNICommand.check.since, let converted = try? result.json(in: trial.version) {
                    let check = trial.request(.check, sandbox, previous: converted).labelled("with a result of \(version) converted")
                    trial.expect(try trial.call(check).faultsOfSilence)
                }
                let delete = trial.request(.delete, sandbox, previous: .object(object)).labelled("with a result of \(version)")
                trial.expect(try trial.call(delete).faultsOfSilence)
            }
        }
    ]

    /// Rows about other plugins before and behind this one.
    static let chains = [
        Probe(37) { trial in
            guard !trial.plugin.configuration.delegatesAddresses else {
                throw Trial.NotApplicable(reason: "the plugin is a main plugin, which leaves its addresses to another")
            }
            let sandbox = try trial.sandbox()
            var request = trial.request(.add, sandbox)
            request.configuration = trial.plugin.configuration.asIPAM(of: "ptp", in: trial.version)
            let call = try trial.call(request.labelled("as an IPAM plugin"))
            if trial.expectResult(call) != nil, let result = call.result {
                trial.expect(result.interfaces.isEmpty, "\(call.label): the result has interfaces")
                trial.expect(!result.addresses.isEmpty, "\(call.label): the result has no address")
                trial.expect(result.addresses.allSatisfy { $0.interface == nil }, "\(call.label): an address points at an interface")
            }
            trial.expect(try sandbox.link() == nil, "\(call.label): a link was made")
            request.variables["CNI_COMMAND"] = CNICommand.delete.rawValue
            trial.expect(try trial.call(request.labelled("as an IPAM plugin")).faultsOfSilence)
            if let ptp = trial.neighbour("ptp") { try trial.expectServes(ptp) }
        },
        Probe(41, .newestVersion) { trial in
            let version = trial.versionOfOthers
            let chain = ChainedPlugin.all.compactMap { plugin in trial.neighbour(plugin.type).map { (plugin, $0) } }
            guard !chain.isEmpty, trial.spoken.contains(version) else {
                throw Trial.NotApplicable(reason: "no plugin to chain in \(trial.plugin.cniPath.joined(separator: ":")); see --cni-path")
            }
            let (sandbox, host) = (try trial.sandbox(), try trial.sandbox())
            guard var result = try trial.add(sandbox, in: version) else { return }
            var passed: [Request] = []
            for (plugin, path) in chain {
                let request = plugin.request(trial, sandbox, path, host: host, in: version, previous: result)
                guard let object = trial.expectResult(try trial.call(request)) else { continue }
                passed.append(request)
                result = object
            }
            for request in passed.reversed() {
                var request = request.sending("prevResult", .object(result))
                request.variables["CNI_COMMAND"] = CNICommand.delete.rawValue
                trial.expect(
                    try trial.call(request.labelled("of the chained \(request.configuration["type"]?.string ?? "")")).faultsOfSuccess)
            }
            try trial.delete(sandbox, previous: result)
        },
    ]
}

extension Trial {
    /// Lets a main plugin take its addresses from the plugin under test.
    fileprivate func expectServes(_ mainPlugin: String) throws {
        let sandbox = try sandbox()
        let version = versionOfOthers
        var request = request(.add, sandbox)
        request.program = mainPlugin
        request.configuration = plugin.configuration.asIPAM(of: "ptp", in: version)
        expectResult(try call(request.labelled("of ptp with the plugin as its IPAM plugin")))
        request.variables["CNI_COMMAND"] = CNICommand.delete.rawValue
        expect(try call(request.labelled("of ptp with the plugin as its IPAM plugin")).faultsOfSuccess)
    }
}

/// A plugin of the reference project that often follows a main plugin.
private struct ChainedPlugin {
    let type: String
    let configuration: JSONObject
    /// Whether it works on packet filters alone: a throwaway namespace plays the host, since such rules outlive their DEL.
    let isFilter: Bool

    static let all = [
        ChainedPlugin(type: "tuning", configuration: ["sysctl": ["net.core.somaxconn": "500"]], isFilter: false),
        ChainedPlugin(
            type: "bandwidth",
            configuration: ["ingressRate": 1_000_000, "ingressBurst": 1_000_000, "egressRate": 1_000_000, "egressBurst": 1_000_000],
            isFilter: false),
        ChainedPlugin(
            type: "portmap",
            configuration: ["runtimeConfig": ["portMappings": [["hostPort": 38_080, "containerPort": 80, "protocol": "tcp"]]]],
            isFilter: true),
        ChainedPlugin(type: "firewall", configuration: ["backend": "iptables"], isFilter: true),
        ChainedPlugin(type: "sbr", configuration: [:], isFilter: false),
    ]

    func request(
        _ trial: Trial, _ sandbox: Sandbox, _ path: String, host: Sandbox, in version: CNIVersion, previous: JSONObject
    ) -> Request {
        var request = trial.request(.add, sandbox)
        request.program = path
        request.hostPath = isFilter ? host.netns : nil
        request.configuration = [
            "cniVersion": .string(version.rawValue), "name": .string(trial.plugin.configuration.network), "type": .string(type),
        ]
        for member in configuration.members { request.configuration[member.name] = member.value }
        request.configuration["prevResult"] = .object(previous)
        return request.labelled("of the chained \(type)")
    }
}
