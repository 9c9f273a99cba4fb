import AzureLinux
import Foundation
import Testing

@Suite struct BuildStateTests {
  private var report: BuildReport {
    func build(_ spec: String, _ result: BuildReport.Result, by: [String]? = nil) -> BuildReport.Build {
      var build = BuildReport.Build(spec: spec, reason: "", result: result, seconds: 1)
      build.blockedBy = by
      if [.failed, .blocked].contains(result) {
        build.failure = BuildReport.Trouble(stage: "%build", message: "exit 1", file: "logs/\(spec).log")
      }
      return build
    }
    var tested = build("tested", .built)
    tested.check = .passed
    var broken = build("broken-test", .failed)
    broken.check = .failed
    var silent = build("silent-test", .failed)
    silent.check = .noMarker
    return BuildReport(
      goals: [], result: .failed, seconds: 9,
      builds: [
        build("top", .blocked, by: ["app", "lib"]), build("app", .blocked, by: ["lib"]),
        build("lib", .failed), build("kept", .restored), build("fresh", .upToDate), tested, broken, silent,
      ], cutOff: [])
  }
  private var state: BuildState {
    let specs = report.builds.map(\.spec)
    return BuildState(report, srpms: specs.reduce(into: [:]) { $0[$1] = "\($1)-1-1.azl3.src.rpm" })
  }

  @Test func rowsAreThoseOfTheScheduler() {
    #expect(
      state.csv == """
        Package,State,Blocker,IsTest
        broken-test-1-1.azl3.src.rpm,Built,,0
        silent-test-1-1.azl3.src.rpm,Built,,0
        tested-1-1.azl3.src.rpm,Built,,0
        fresh-1-1.azl3.src.rpm,PreBuilt,,0
        kept-1-1.azl3.src.rpm,PreBuilt,,0
        lib-1-1.azl3.src.rpm,Failed,,0
        app-1-1.azl3.src.rpm,Failed,lib-1-1.azl3.src.rpm-FAIL ,0
        top-1-1.azl3.src.rpm,Failed,app-1-1.azl3.src.rpm-UNBUILT lib-1-1.azl3.src.rpm-FAIL ,0
        tested-1-1.azl3.src.rpm,Built,,1
        broken-test-1-1.azl3.src.rpm,Failed,,1
        silent-test-1-1.azl3.src.rpm,Failed,,1

        """)
  }

  @Test func theSummaryHasTheWordsThatScriptsLookFor() {
    let lines = state.summary
    let texts = lines.map(\.text)
    for line in [
      "Number of prebuilt SRPMs:              2", "Number of built SRPMs:                 3",
      "Number of passed SRPMs tests:          1", "Number of blocked SRPMs:               2",
      "Number of failed SRPMs:                1", "Number of failed SRPMs tests:          2",
      "--> lib-1-1.azl3.src.rpm , error: exit 1, for details see: logs/lib.log", "Blocked SRPMs:",
    ] { #expect(texts.contains(line), "\(line)") }
    #expect(lines.first { $0.text.hasPrefix("Number of failed SRPMs:") }?.level == "error")
    #expect(lines.first { $0.text.hasPrefix("Number of unresolved") }?.level == "info")
  }

  @Test func whatTheToolchainHasMadeIsAConflict() {
    var report = report
    let rpm = BuildReport.RPM(
      path: ".azldev/out/RPMS/x86_64/xz-5.4-1.azl3.x86_64.rpm", nevra: "xz-5.4-1.azl3.x86_64",
      sha256: Digest(String(repeating: "0", count: 64))!, size: 1)
    for index in report.builds.indices { report.builds[index].rpms = [rpm] }
    report.compare(withToolchain: "xz-5.4-1.azl3.x86_64.rpm\nxz-libs-5.4-1.azl3.x86_64.rpm\n")
    // not what was only found again
    #expect(report.conflicts == [.init(spec: "tested", rpms: ["xz-5.4-1.azl3.x86_64.rpm"])])
    let lines = BuildState(report, srpms: ["tested": "xz-5.4-1.azl3.src.rpm"]).summary
    #expect(
      lines.filter { $0.text == "Number of toolchain SRPM conflicts:    1" }.map(\.level) == [
        "error", "error",
      ])
    #expect(lines.contains { $0.text == "--> xz-5.4-1.azl3.src.rpm" && $0.level == "error" })
    report.compare(withToolchain: "xz-5.4-2.azl3.x86_64.rpm\n")
    #expect(report.conflicts == [])
  }

  @Test func namesOfRPMsAreTakenApartAsUpstreamDoes() throws {
    let summary = PackageSummary(fileNames: [
      "zip-3.0-6.azl3.x86_64.rpm", "kernel-uki-dracut-6.6.1-2.azl3.x86_64.rpm", "x-1.0-1.x86_64.rpm",
      "zip-3.0-6.azl3.x86_64.rpm", "nonsense",
    ])
    #expect(
      summary.packages.map(\.fileName) == [
        "kernel-uki-dracut-6.6.1-2.azl3.x86_64.rpm", "zip-3.0-6.azl3.x86_64.rpm",
      ])
    let zip = summary.packages[1]
    #expect((zip.name, zip.version, zip.distribution, zip.architecture) == ("zip", "3.0-6", "azl3", "x86_64"))
    let text = #"{"Repo":[{"Name":"zip","Version":"3.0-6","Architecture":"x86_64","Distribution":"azl3"}]}"#
    #expect(try JSONDecoder().decode(PackageSummary.self, from: Data(text.utf8)).packages == [zip])
    #expect(try JSONDecoder().decode(PackageSummary.self, from: summary.json) == summary)
  }
}
