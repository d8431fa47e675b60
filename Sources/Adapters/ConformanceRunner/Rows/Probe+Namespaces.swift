import Addressing
import CNISpec
import Conformance
import NetlinkAdapter
import NodePorts
import PodNetwork

extension Probe {
    /// Rows about namespaces that must stay as they are.
    static let namespaces = [
        Probe(16, .newestVersion) { trial in
            // A throwaway namespace plays the host, so that a plugin without this test changes nothing that matters.
            let host = try trial.sandbox()
            let before = try host.contents()
            var request = trial.request(.add, host).labelled("in the plugin's own namespace")
            request.hostPath = host.netns
            trial.expect(try trial.call(request).faultsOfRefusal(codes: [8]))
            trial.expect(try host.contents() == before, "\(request.label): the namespace was changed")
            for value in ["1", "TRUE"] {
                request.variables["CNI_NETNS_OVERRIDE"] = value
                let call = try trial.call(request.labelled("in the plugin's own namespace with CNI_NETNS_OVERRIDE=\(value)"))
                trial.expect(call.code != 8, "\(call.label): code 8")
                request.variables["CNI_COMMAND"] = CNICommand.delete.rawValue
                try trial.call(request)
                request.variables["CNI_COMMAND"] = CNICommand.add.rawValue
            }
        },
        Probe(20) { trial in
            let (own, foreign) = (try trial.sandbox(), try trial.sandbox())
            guard try trial.add(own) != nil else { return }
            try trial.expectRefusedUntouched(own, "twice")
            try foreign.addForeignLink()
            try trial.expectRefusedUntouched(foreign, "on a foreign \(Sandbox.ifname)")
        },
        Probe(23) { trial in
            let before = try trial.hostContents()
            let (sandbox, occupied) = (try trial.sandbox(), try trial.sandbox())
            let nowhere = trial.request(.add, sandbox).setting("CNI_NETNS", NetworkNamespace.folder + "/conformance-nowhere")
            trial.expect(try trial.call(nowhere).faultsOfRefusal(codes: []))
            try occupied.addForeignLink()
            try trial.expectRefusedUntouched(occupied, "on a foreign \(Sandbox.ifname)")
            if trial.plugin.configuration.delegatesAddresses { try trial.expectDelegateIsUndone(sandbox) }
            try trial.expectNothingLeft(since: before)
        },
    ]
}

extension Trial {
    fileprivate func expectRefusedUntouched(_ sandbox: Sandbox, _ words: String) throws {
        let before = try sandbox.contents()
        let call = try call(request(.add, sandbox).labelled(words))
        expect(call.faultsOfRefusal(codes: []))
        expect(try sandbox.contents() == before, "\(call.label): the namespace was changed")
    }

    /// Gives the plugin an IPAM plugin that refuses every ADD, and looks whether it is called with DEL afterwards.
    fileprivate func expectDelegateIsUndone(_ sandbox: Sandbox) throws {
        let folder = try folder()
        let script = """
            #!/bin/sh
            echo "$CNI_COMMAND" >> \(folder)/calls
            cat > /dev/null
            if [ "$CNI_COMMAND" = ADD ]; then
                echo '{"cniVersion":"\(version)","code":100,"msg":"refused for a test"}'
                exit 1
            fi

            """
        try write(Array(script.utf8), to: "\(folder)/refusing-ipam")
        try write([], to: "\(folder)/calls")
        var request = request(.add, sandbox)
        request.configuration = plugin.configuration.object(in: version, ipam: "refusing-ipam")
        request.variables["CNI_PATH"] = ([folder] + plugin.cniPath).joined(separator: ":")
        expect(try call(request.labelled("with an IPAM plugin that refuses")).faultsOfRefusal(codes: []))
        let calls = try read("\(folder)/calls").split(separator: "\n")
        expect(
            calls.contains("ADD") && calls.last == "DEL",
            "an IPAM plugin whose ADD failed was called with \(calls), without a DEL at the end")
    }
}

extension Sandbox {
    /// Puts a link of someone else's under the name that the plugin is going to be asked for.
    fileprivate func addForeignLink() throws {
        let descriptors = try namespace.open()
        let opened = try NetlinkKernel().openSandbox(descriptors)
        guard let name = LinkName(Self.ifname) else { return }
        let pair = VethPair(
            name: name, mac: MACAddress(bits: 0x02_00_00_00_00_01), peerName: LinkName(literal: "foreign0"),
            peerMAC: MACAddress(bits: 0x02_00_00_00_00_02), mtuBytes: 1500)
        if let errno = try opened.perform([.create(.veth(pair))], sandboxNetns: descriptors.netns)[0] {
            throw ConformanceError(KernelError("add \(pair)", errno))
        }
    }
}
