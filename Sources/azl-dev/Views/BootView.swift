import AzureLinux
import Images
import Terminal

struct BootView {
  let style: Style

  func lines(_ report: BootReport, _ verdict: BootVerdict) -> [String] {
    let mode =
      switch report.mode {
      case .quick: "direct kernel"
      case .hot: "resumed"
      case .bios: "BIOS"
      case .uefi: "UEFI"
      }
    let login = report.loginSeconds.map { ", login after \(Figure.seconds($0))" } ?? ""
    var lines: [String] = []
    if let pushed = report.pushed {
      let what =
        pushed.isEmpty ? "nothing was rebuilt since the image was made" : pushed.joined(separator: " ")
      lines.append("  pushed  \(what)")
    }
    if let seconds = report.baseSeconds {
      lines.append("  the machine to be resumed was made first, in \(Figure.seconds(seconds))")
    }
    if let reason = report.coldBecause { lines.append("  from the start, because \(reason)") }
    if let installed = report.installed, let disk = installed.disk {
      lines.append(
        "  installed  by \(Cells.harmless(installed.medium)) on \(Cells.harmless(disk))  in \(Figure.seconds(installed.seconds))"
      )
    }
    for answer in report.smoke {
      let said = answer.output.split(whereSeparator: \.isNewline).last.map {
        "  \(style.paint(Cells.harmless(String($0)), .dim))"
      }
      lines.append(
        "  \(answer.result == .passed ? style.pass : style.fail) \(Cells.harmless(answer.name))\(said ?? "")")
    }
    if let proof = report.proof {
      lines.append(
        "  \(style.pass) \(proof.file) in the guest is the built one  \(style.paint(proof.digest.description + "  nonce " + proof.nonce, .dim))"
      )
    }
    if report.result == .passed {
      lines.insert(
        "\(style.pass) boot   \(Figure.seconds(report.seconds))  \(mode), \(report.accelerator.rawValue)\(login); 0 failed units",
        at: 0)
    } else {
      lines.insert(
        "\(style.fail) boot   after \(Figure.seconds(report.seconds))  \(mode), \(report.accelerator.rawValue)",
        at: 0)
      lines += verdict.message.split(separator: "\n").map { "  \(Cells.harmless(String($0)))" }
      lines.append("  console  \(report.console)")
    }
    return lines
  }
}
