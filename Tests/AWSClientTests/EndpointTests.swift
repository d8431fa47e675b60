import AWSClient
import Foundation
import Testing

struct EndpointTests {
    private struct Published: Decodable, Sendable, CustomTestStringConvertible {
        var service: String
        var region: String
        var dualStack: Bool
        var fips: Bool
        var url: String

        var testDescription: String { "\(service) in \(region), dual stack \(dualStack), FIPS \(fips)" }

        static func all() throws -> [Published] {
            let url = try #require(Bundle.module.url(forResource: "Resources/endpoints", withExtension: "json"))
            return try JSONDecoder().decode([Published].self, from: Data(contentsOf: url))
        }
    }

    @Test func everyEndpointIsTheOneThatTheSDKsResolve() throws {
        let published = try Published.all()
        #expect(published.count == 80)
        for endpoint in published {
            let settings = EndpointSettings(usesDualStack: endpoint.dualStack, usesFIPS: endpoint.fips)
            let service = try #require(ServiceEndpoint.Service(rawValue: endpoint.service))
            let resolved = settings.endpoint(of: service, in: endpoint.region)
            #expect("\(resolved.url)" == endpoint.url + "/", "\(endpoint.testDescription)")
            #expect(resolved.region == endpoint.region)
        }
    }

    @Test(
        arguments: [
            (["AWS_REGION": "a-1", "AWS_DEFAULT_REGION": "b-1"], "a-1"), (["AWS_REGION": "", "AWS_DEFAULT_REGION": "b-1"], "b-1"),
            ([:], nil),
        ] as [([String: String], String?)])
    func theFirstRegionThatIsSetCounts(_ environment: [String: String], _ region: String?) throws {
        #expect(try EndpointSettings(environment: environment).region == region)
    }

    @Test func theMostSpecificEndpointCounts() throws {
        var environment = ["AWS_ENDPOINT_URL": "http://all:1"]
        func url(_ service: ServiceEndpoint.Service) throws -> String {
            "\(try EndpointSettings(environment: environment).endpoint(of: service, in: "eu-central-1").url)"
        }
        #expect(try url(.ec2) == "http://all:1/" && url(.sts) == "http://all:1/")
        environment["AWS_ENDPOINT_URL_EC2"] = "http://ec2:2"
        environment["AWS_ENDPOINT_URL_STS"] = "http://sts:3"
        #expect(try url(.ec2) == "http://ec2:2/" && url(.sts) == "http://sts:3/")
        environment["AWS_EC2_ENDPOINT"] = "http://own:4"
        #expect(try url(.ec2) == "http://own:4/")
    }

    @Test func flagsAreReadInAnyCase() throws {
        let settings = try EndpointSettings(environment: ["AWS_USE_DUALSTACK_ENDPOINT": "TRUE", "AWS_USE_FIPS_ENDPOINT": "false"])
        #expect(settings.usesDualStack && !settings.usesFIPS)
    }

    @Test func everyFaultIsToldAtOnce() throws {
        let environment = [
            "AWS_REGION": "EU Central", "AWS_ENDPOINT_URL_EC2": "ec2.example", "AWS_USE_FIPS_ENDPOINT": "yes",
        ]
        let faults = try #require(#expect(throws: EnvironmentFaults.self) { try EndpointSettings(environment: environment) })
        #expect(faults.faults.map(\.variable) == ["AWS_REGION", "AWS_ENDPOINT_URL_EC2", "AWS_USE_FIPS_ENDPOINT"])
        #expect(faults.description.contains("eu-central-1"))
    }
}
