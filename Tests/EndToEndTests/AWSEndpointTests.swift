import AWSClient
import Addressing
import EC2Adapter
import Foundation
import IMDSAdapter
import NodePorts
import NodeReports
import PodNetwork
import SimulatedAWS
import Testing

extension EndToEnd {
    @Suite struct AWSEndpoint {
        /// EC2 as a client on the node asks it.
        private func control(on node: SimulatedNodeProcess) async throws -> (EC2Control, InstanceMetadata) {
            let exchange = HTTPExchange.inside(node.namespace)
            let file = "\(node.runDirectory)/aws-endpoint"
            #expect(eventually { FileManager.default.fileExists(atPath: file) })
            let text = try String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)
            let url = try #require(HTTPURL(text))
            #expect(url.host == "127.0.0.1" && url.port ?? 0 > 1_023)
            let metadata = InstanceMetadata(exchange, at: IMDSEndpoint(url: url))
            let identity = try await metadata.identity()
            let aws = AWSClient(exchange, credentials: .fixed(SimulatedAWS.exampleKey))
            let client = EC2Client(aws, at: ServiceEndpoint(.ec2, region: identity.region, url: url))
            let place = NodeEC2.Place(instance: identity.instance, vpc: try await metadata.vpc(), zones: [identity.zone])
            let view = InstanceView(
                vpcBlocks: { () throws(EC2Failure) in [] }, shows: { try? await metadata.shows($0) })
            return (NodeEC2(client, place: place, view: view).control, metadata)
        }

        @Test func anENIThatAnotherClientAttachesIsALinkOfTheNodeUntilItIsDetached() async throws {
            var description = SimulatedCluster.Description(settings: ["WARM_IP_TARGET": 1])
            description.options = ["--aws-endpoint", "127.0.0.1:0"]
            try await SimulatedCluster.run([description]) { cluster in
                let node = cluster.nodes[0]
                let (ec2, metadata) = try await control(on: node)
                let primary = try #require(try await ec2.describeENIs().enis.first)
                #expect(try node.enis().map(\.id) == [primary.id])

                let eni = try await ec2.createENI(
                    ENIRequest(subnet: primary.subnet, securityGroups: [], clientToken: "another", content: .addresses(1)))
                _ = try await ec2.attachENI(eni.id, 0, 2)
                let name = try #require(LinkName("eth2"))
                #expect(try eventually { try node.namespace.enter().link(named: name)?.mac == eni.mac })
                #expect(try await metadata.eni(eni.mac)?.deviceIndex == 2)

                try await ec2.detachENI(eni.id)
                #expect(try eventually { try node.namespace.enter().link(named: name) == nil })
                try await ec2.deleteENI(eni.id)
            }
        }

        @Test func anAddressThatOthersReachIsBadInput() throws {
            for address in ["0.0.0.0:0", "10.0.0.1:80", "localhost:80", "127.0.0.1"] {
                let outcome = try ChildProcess.run([Programs.daemon, "--simulate", "none", "--node", "a", "--aws-endpoint", address])
                #expect(outcome.status == 2 && outcome.errors.contains(address), "\(outcome)")
            }
        }

        @Test(arguments: [[], ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]])
        func theDemoServesAWSUntilItIsInterruptedAndLeavesNothing(user: [String]) throws {
            let before = try Set(FileManager.default.contentsOfDirectory(atPath: "/run/netns"))
            let demo = try ChildProcess(user + [Programs.berth, "demo", "--aws-endpoint"])
            #expect(demo.awaitOutput(containing: "meta-data/network/interfaces/macs/"))
            demo.signal(SIGINT)
            let outcome = demo.finish()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: "/run/netns")) == before)
        }
    }
}
