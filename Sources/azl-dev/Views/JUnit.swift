import AzureLinux
import Foundation
import FoundationXML
import Images
import Terminal

/// Verdicts in the form that CI systems read: a test suite with a case for each spec, or for each check of a boot.
enum JUnit {
  static func document(_ report: TestReport) -> Data {
    func count(_ verdicts: TestReport.Verdict...) -> String {
      String(report.tests.count { verdicts.contains($0.verdict) })
    }
    let suite = element(
      "testsuite",
      [
        ("name", "azl-dev test"), ("tests", String(report.tests.count)),
        ("failures", count(.failed, .noMarker)), ("errors", count(.error, .blocked)),
        ("skipped", count(.notRun)), ("time", seconds(report.seconds)),
      ])
    for test in report.tests {
      let one = element(
        "testcase", [("classname", "%check"), ("name", test.spec), ("time", seconds(test.seconds))])
      if let outcome = outcome(test) { one.addChild(outcome) }
      if let log = test.log { one.addChild(element("system-out", [], text: log)) }
      suite.addChild(one)
    }
    return document(suite)
  }

  /// A case for the boot itself, for its units, for each smoke test and for the proof.
  static func document(_ report: BootReport, _ verdict: BootVerdict) -> Data {
    typealias Case = (name: String, seconds: Double, trouble: String?, lines: [String])
    // what has no case of its own is the boot's
    let isInside =
      switch verdict {
      case .installFailed: false
      default: verdict.isFromInside
      }
    let words = report.message.split(separator: "\n").map(String.init)
    var cases: [Case] = [
      ("boot", report.seconds, isInside ? nil : words.first ?? "", isInside ? [] : Array(words.dropFirst()))
    ]
    if isInside {
      let units = report.failedUnits
      cases.append(
        (
          "systemd units", 0, units.isEmpty ? nil : "failed: " + units.map(\.name).joined(separator: ", "),
          units.flatMap { unit in unit.lines.map { "\(unit.name): \($0)" } }
        ))
    }
    cases += report.smoke.map {
      ($0.name, $0.seconds, $0.trouble, $0.output.split(separator: "\n").map(String.init))
    }
    if let proof = report.proof { cases.append(("proof \(proof.file)", 0, nil, [])) }
    if case .proofFailed(let proof, let output) = verdict {
      cases.append(
        ("proof \(proof.file)", 0, "not the expected file", output.split(separator: "\n").map(String.init)))
    }
    let suite = element(
      "testsuite",
      [
        ("name", "azl-dev boot \(report.image)"), ("tests", String(cases.count)),
        ("failures", String(cases.count { $0.trouble != nil })), ("errors", "0"), ("skipped", "0"),
        ("time", seconds(report.seconds)),
      ])
    for one in cases {
      let text = one.lines.map(Cells.harmless).joined(separator: "\n")
      let test = element(
        "testcase",
        [("classname", "boot.\(report.image)"), ("name", one.name), ("time", seconds(one.seconds))])
      if let trouble = one.trouble {
        test.addChild(
          element(
            "failure", [("message", trouble), ("type", report.cause ?? "failed")],
            text: text))
      } else if !text.isEmpty {
        test.addChild(element("system-out", [], text: text))
      }
      suite.addChild(test)
    }
    return document(suite)
  }

  private static func document(_ suite: XMLElement) -> Data {
    let root = element("testsuites", [])
    root.addChild(suite)
    let document = XMLDocument(rootElement: root)
    document.version = "1.0"
    document.characterEncoding = "UTF-8"
    return document.xmlData(options: .nodePrettyPrint) + Data([10])
  }

  private static func outcome(_ test: TestReport.Test) -> XMLElement? {
    let lines = (test.failure?.lines ?? []).map(Cells.harmless).joined(separator: "\n")
    let message = test.failure?.message ?? ""
    switch test.verdict {
    case .passed: return nil
    case .notRun: return element("skipped", [("message", "the spec has no %check")])
    case .noMarker:
      return element("failure", [("message", "%check ended and gave no verdict"), ("type", "no_marker")])
    case .failed: return element("failure", [("message", message), ("type", "failed")], text: lines)
    case .error, .blocked:
      return element("error", [("message", message), ("type", test.verdict.rawValue)], text: lines)
    }
  }

  private static func element(
    _ name: String, _ attributes: [(String, String)], text: String? = nil
  ) -> XMLElement {
    let element = XMLElement(name: name, stringValue: text)
    for (name, value) in attributes {
      // because Foundation gives the attribute back as any node
      if let attribute = XMLNode.attribute(withName: name, stringValue: Cells.harmless(value)) as? XMLNode {
        element.addAttribute(attribute)
      }
    }
    return element
  }

  private static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }
}
