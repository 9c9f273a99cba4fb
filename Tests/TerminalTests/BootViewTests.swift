import AzureLinux
import Foundation
import SystemPackage
import Terminal
import Testing

@testable import Images
@testable import azl_dev

/// What a boot tells people and CI systems.
@Suite struct BootViewTests {
  private func report(_ verdict: BootVerdict, units: [FailedUnit] = []) -> BootReport {
    BootReport(
      image: "demo", result: verdict == .passed ? .passed : .failed, seconds: 12.25, loginSeconds: 9.5,
      mode: .quick, accelerator: .tcg, state: "running", nonce: "n1",
      smoke: [
        SmokeResult(SmokeTest(command: "rpm -q lz4"), status: 0, output: "lz4-1\u{1B}[2J\n", seconds: 0.5),
        SmokeResult(
          SmokeTest(command: "lamp", name: "the lamp", expectedText: "on"), status: 0, output: "off\n",
          seconds: 0.25),
      ], failedUnits: units, console: "/logs/demo.console", cause: verdict.cause, message: verdict.message)
  }

  @Test func theViewShowsEachTestAndNoEscapeSequenceOfTheGuest() {
    let style = Style(isTerminal: false, hasColor: false, hasUnicode: false, width: 80)
    let right = report(.passed)
    #expect(
      BootView(style: style).lines(right, .passed) == [
        "\(style.pass) boot   12 s  direct kernel, tcg, login after 9.5 s; 0 failed units",
        "  \(style.pass) rpm -q lz4  lz4-1", "  \(style.fail) the lamp  off",
      ])
    let verdict = BootVerdict.panic("Kernel panic - not syncing: \u{1B}[31mx")
    #expect(
      BootView(style: style).lines(report(verdict), verdict).suffix(2) == [
        "  kernel panic: Kernel panic - not syncing: x", "  console  /logs/demo.console",
      ])
  }

  @Test func jUnitHasACaseForEachCheck() throws {
    let units = [FailedUnit(name: "a.service", lines: ["no lamp"])]
    let verdict = BootVerdict.failedUnits(units)
    let text = String(decoding: JUnit.document(report(verdict, units: units), verdict), as: UTF8.self)
    #expect(text.contains(#"name="azl-dev boot demo" tests="4" failures="2""#), "\(text)")
    #expect(text.contains(#"<testcase classname="boot.demo" name="boot" time="12.250""#), "\(text)")
    #expect(
      text.contains(#"message="failed: a.service" type="failed_units">a.service: no lamp</failure>"#),
      "\(text)")
    #expect(text.contains(#"message="&quot;on&quot; is not in its output""#), "\(text)")
    #expect(!text.contains("\u{1B}"))
    let panic = BootVerdict.panic("oops")
    let second = String(decoding: JUnit.document(report(panic), panic), as: UTF8.self)
    #expect(second.contains(#"message="kernel panic: oops" type="panic""#), "\(second)")
  }

  @Test func sshTakesNothingOfThisMachinesConfiguration() {
    #expect(
      GuestShell.arguments(user: "root", port: 2222, key: "/k") == [
        "ssh", "-F", "none", "-t", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o",
        "IdentitiesOnly=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20", "-o",
        "PasswordAuthentication=no", "-i", "/k", "-p", "2222", "root@127.0.0.1",
      ])
  }
}
