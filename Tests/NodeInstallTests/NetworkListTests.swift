import CNISpec
import JSON
import NodeInstall
import Testing

@Suite struct NetworkListTests {
    private func text(_ list: NetworkList) -> String { String(decoding: list.bytes, as: UTF8.self) }

    @Test func theListOfEveryRuntimeHasOurPluginAndPortmap() {
        #expect(
            text(NetworkList()) == """
                {
                  "cniVersion": "1.0.0",
                  "name": "berth",
                  "plugins": [
                    {
                      "type": "berth-cni",
                      "vethPrefix": "eni",
                      "mtu": 9001,
                      "capabilities": {
                        "io.kubernetes.cri.pod-annotations": true
                      }
                    },
                    {
                      "type": "portmap",
                      "snat": true,
                      "capabilities": {
                        "portMappings": true
                      }
                    }
                  ]
                }

                """)
    }

    @Test func whatIsAskedForFollowsInTheOrderOfTheIncumbent() {
        var list = NetworkList()
        (list.version, list.name, list.vethPrefix, list.mtu) = (.v110, "aws-cni", "vpc", 1500)
        (list.hasPortMappings, list.hasBandwidth) = (false, true)
        list.sysctls = [.init(name: "net.ipv4.tcp_keepalive_time", value: "60"), .init(name: "net.core.somaxconn", value: "\"")]
        #expect(list.chainedPlugins == ["bandwidth", "tuning"])
        #expect(
            list.json.description
                == #"{"cniVersion":"1.1.0","name":"aws-cni","plugins":[{"type":"berth-cni","vethPrefix":"vpc","mtu":1500,"#
                + #""capabilities":{"io.kubernetes.cri.pod-annotations":true}},{"type":"bandwidth","capabilities":{"bandwidth":true}},"#
                + #"{"type":"tuning","sysctl":{"net.ipv4.tcp_keepalive_time":"60","net.core.somaxconn":"\""}}]}"#)
    }

    @Test func listsBeginWithTheVersionThatHasThem() {
        #expect(NetworkList.versions == [.v030, .v031, .v040, .v100, .v110])
    }

    @Test(arguments: [
        ("containerd://1.6.20", CNIVersion.v100), ("containerd://1.7.29", .v100), ("containerd://2.0.0", .v110),
        ("containerd://2.1.0-rc.1", .v110), ("containerd 2.3.4", .v110), ("containerd v2.3.4", .v110), ("Containerd://10.0", .v110),
        ("cri-o://1.30.9", .v100), ("cri-o://1.31.0", .v110), ("cri-o://2.0.0", .v110), ("docker://27.1.0", .v100),
    ])
    func aRuntimeGetsTheNewestVersionThatItCanUse(text: String, version: CNIVersion) throws {
        #expect(try #require(ContainerRuntime(text)).newestListVersion == version)
    }

    @Test(arguments: ["", "containerd", "containerd://", "containerd://2", "://1.2", " 1.2", "containerd://a.b", "containerd://1."])
    func aTextWithoutAVersionIsNoRuntime(text: String) {
        #expect(ContainerRuntime(text) == nil)
    }
}
