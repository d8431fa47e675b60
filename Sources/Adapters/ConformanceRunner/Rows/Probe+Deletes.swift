import CNISpec
import Conformance
import Glibc
import JSON

extension Probe {
    /// Rows about DEL, which must take everything away whatever has happened.
    static let deletes = [
        Probe(26) { trial in
            let before = try trial.hostContents()
            let (sandbox, gone, unknown) = (try trial.sandbox(), try trial.sandbox(), try trial.sandbox())
            guard let result = try trial.add(sandbox), try trial.add(gone) != nil else { return }
            try trial.delete(sandbox, previous: result)
            // containerd sends a second DEL without namespace and prevResult; a runtime that was interrupted, any number.
            let again = trial.request(.delete, sandbox)
            trial.expect(try trial.call(again.setting("CNI_NETNS", "").labelled("again, without namespace and prevResult")).faultsOfSilence)
            trial.expect(try trial.call(again.labelled("a third time")).faultsOfSilence)
            try gone.end()
            trial.expect(try trial.call(trial.request(.delete, gone).labelled("after the namespace is gone")).faultsOfSilence)
            trial.expect(try trial.call(trial.request(.delete, unknown).labelled("of an unknown container")).faultsOfSilence)
            let emptied = trial.request(.delete, unknown).sending("prevResult", ["cniVersion": .string(trial.version.rawValue)])
            trial.expect(try trial.call(emptied.labelled("with an empty prevResult")).faultsOfSilence)
            try trial.expectNothingLeft(since: before)
        },
        Probe(27, .newestVersion) { trial in
            let before = try trial.hostContents()
            let sandbox = try trial.sandbox()
            _ = try trial.daemon()
            guard let result = try trial.add(sandbox) else { return }
            try trial.withoutDaemon {
                let request = trial.request(.delete, sandbox, previous: .object(result)).labelled("without the daemon")
                trial.expect(try trial.call(request).faultsOfSilence)
                try sandbox.end()
            }
            try trial.expectNothingLeft(since: before)
        },
        Probe(36, .newestVersion) { trial in
            let before = try trial.hostContents()
            for milliseconds in [0, 1, 2, 4, 8, 16, 32] {
                try trial.killAdd(try trial.sandbox(), after: Int32(milliseconds))
            }
            if let daemon = trial.plugin.daemon {
                let sandbox = try trial.sandbox()
                let child = try trial.start(trial.request(.add, sandbox))
                try trial.shell(daemon.stop)
                child.kill()
                _ = child.finish(within: PluginUnderTest.answerLimit)
                try trial.shell(daemon.start)
                try trial.awaitService()
                try trial.delete(sandbox)
            }
            try trial.expectNothingLeft(since: before)
        },
    ]

    /// Rows that every call of the run has a part in.
    static let wholeRun = [
        Probe(17, .atEnd) { trial in
            trial.expect(trial.earlierCalls.flatMap(\.faultsOfForm))
        },
        Probe(18, .atEnd) { trial in
            trial.expect(trial.earlierCalls.flatMap(\.faultsOfVersion))
        },
        Probe(28, .atEnd) { trial in
            let limit = Int(PluginUnderTest.deleteLimit / .milliseconds(1))
            for call in trial.earlierCalls where call.command == CNICommand.delete.rawValue {
                trial.expect(call.milliseconds <= limit, "\(call.label): \(call.milliseconds) ms")
                trial.expect(call.code != 3, "\(call.label): code 3")
            }
        },
    ]
}

extension Trial {
    /// Starts an ADD, kills it with what it has started, and deletes the sandbox.
    fileprivate func killAdd(_ sandbox: Sandbox, after milliseconds: Int32) throws(ConformanceError) {
        let child = try start(request(.add, sandbox))
        _ = poll(nil, 0, milliseconds)
        child.kill()
        _ = child.finish(within: PluginUnderTest.answerLimit)
        expect(try call(request(.delete, sandbox).labelled("after a kill of its ADD at \(milliseconds) ms")).faultsOfSilence)
    }
}
