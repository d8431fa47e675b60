import CNISpec
import Conformance
import JSON

extension Probe {
    /// Rows about what stands on standard input.
    static let inputs = [
        Probe(8) { trial in
            let sandbox = try trial.sandbox()
            // More than a pipe holds, with the members that count behind it.
            var request = trial.request(.delete, sandbox)
            let padding = JSONObject.Member(name: "padding", value: .string(String(repeating: "x", count: 100 << 10)))
            request.configuration.members.insert(padding, at: 0)
            trial.expect(try trial.call(request.labelled("with 100 KiB of configuration")).faultsOfSilence)
            let unreadable = trial.request(.add, sandbox).sending(.folder).labelled("with a folder as standard input")
            trial.expect(try trial.call(unreadable).faultsOfRefusal(codes: [5]))
        },
        Probe(9, .newestVersion) { trial in
            let sandbox = try trial.sandbox()
            let refused = { (text: String, codes: [Int]) in
                let request = trial.request(.add, sandbox).sending(.bytes(Array(text.utf8))).labelled(
                    "with \(text.isEmpty ? "no input" : text)")
                trial.expect(try trial.call(request).faultsOfRefusal(codes: codes))
            }
            for text in [#"{"cniVersion":"1.0.0","name":"a","#, "[]", "", #"{"cniVersion":5,"name":"a","type":"b"}"#] {
                try refused(text, [6])
            }
            // Whether such a text cannot be decoded or is not spoken is a matter of taste.
            try refused(#"{"cniVersion":"one","name":"a","type":"b"}"#, [6, 1])
        },
        Probe(10) { trial in
            let request = trial.request(.add, try trial.sandbox())
            trial.expect(try trial.call(request.sending("name", nil).labelled("without a name")).faultsOfRefusal(codes: [7]))
            trial.expect(try trial.call(request.sending("name", "../a").labelled("with the name ../a")).faultsOfRefusal(codes: [7]))
        },
        Probe(11, .newestVersion) { trial in
            let request = trial.request(.add, try trial.sandbox()).sending("cniVersion", "9.9.9").labelled("in 9.9.9")
            trial.expect(try trial.call(request).faultsOfRefusal(codes: [1], naming: ["9.9.9", trial.version.rawValue]))
        },
        Probe(12, .newestVersion) { trial in
            let sandbox = try trial.sandbox()
            let older: [(CNICommand, CNIVersion)] = [(.check, .v031), (.status, .v100), (.collectGarbage, .v100)]
            for (command, version) in older where trial.spoken.contains(version) {
                let request = trial.request(command, command == .check ? sandbox : nil, in: version).labelled("in \(version)")
                trial.expect(try trial.call(request).faultsOfRefusal(codes: [1]))
            }
        },
        Probe(13, .newestVersion) { trial in
            let sandbox = try trial.sandbox()
            let call = try trial.call(trial.request(.add, sandbox).sending("cniVersion", nil).labelled("without cniVersion"))
            guard trial.spoken.contains(.v010) else { return trial.expect(call.faultsOfRefusal(codes: [1])) }
            guard let object = trial.expectResult(call) else { return }
            trial.expect(
                object["ips"] == nil && (object["ip4"] ?? object["ip6"]) != nil, "\(call.label): the result has not the shape of 0.1.0")
        },
        Probe(14) { trial in
            let request = trial.request(.add, try trial.sandbox())
            let unknown: JSONValue = ["nested": [1, "two", ["deep": true]]]
            trial.expectResult(try trial.call(request.sending("example.org/unknown", unknown).labelled("with an unknown key")))
        },
        Probe(15) { trial in
            let sandbox = try trial.sandbox()
            let withRuntimeMembers = { (request: Request) in
                request.sending("runtimeConfig", ["io.kubernetes.cri.pod-annotations": ["example.org/a": "b"]])
                    .sending("args", ["cni": ["labels": [["key": "app", "value": "web"]]]])
                    .sending("cni.dev/example", ["a": 1]).labelled("with what runtimes send")
            }
            guard let result = trial.expectResult(try trial.call(withRuntimeMembers(trial.request(.add, sandbox)))) else { return }
            let request = trial.request(.delete, sandbox, previous: .object(result))
            trial.expect(try trial.call(withRuntimeMembers(request)).faultsOfSilence)
        },
    ]
}
