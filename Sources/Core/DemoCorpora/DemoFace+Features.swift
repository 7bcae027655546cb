import CCairo

/// Eyes, brows, nose, mouth and beard of a demo face; coordinates and light as in `DemoFace`.
extension DemoFace {
    func drawEye(_ side: Double) {
        let cairo = canvas.cairo
        let centre = (x: side * actor.eyeDistance, y: -0.12)
        let half = actor.eyeSize
        let open = max(0, 1 - pose.blink)
        let lift = units.lidRaise > 0 ? 0.62 * units.lidRaise : 0.5 * units.lidRaise
        let squeeze = max(0, units.lidTighten)
        let cheek = max(0, units.cheekRaise)
        let upper = max(
            0.004, actor.eyeHeight * max(0.18, 1 + lift - 0.34 * squeeze - 0.22 * cheek - 0.25 * max(0, units.noseWrinkle)) * open)
        let lower = max(0.002, 0.055 * max(0.05, 1 - 0.65 * squeeze - 0.65 * cheek + 0.25 * max(0, units.lidRaise)) * open)
        // In sadness the inner corner of the lid is drawn up with the brow.
        let inner = 0.018 * max(0, units.innerBrowRaise) - 0.02 * max(0, units.browLower)
        let lid: [(Double, Double)] = [
            (centre.x - side * half, centre.y + 0.018), (centre.x - side * half * 0.5, centre.y - upper * 0.82 - inner),
            (centre.x + side * half * 0.05, centre.y - upper), (centre.x + side * half * 0.6, centre.y - upper * 0.7),
            (centre.x + side * half, centre.y - 0.012),
        ]
        let rim: [(Double, Double)] = [
            (centre.x + side * half * 0.55, centre.y + lower * 0.85), (centre.x, centre.y + lower),
            (centre.x - side * half * 0.55, centre.y + lower * 0.8),
        ]
        // Lid above the eye.
        spot(centre.x, centre.y - upper - 0.05, half * 1.15, 0.08, shadow, 0.32)
        cairo_save(cairo)
        curve(lid + rim, closed: true)
        canvas.colour(DemoColour(0.95, 0.94, 0.92))
        cairo_fill_preserve(cairo)
        cairo_clip(cairo)
        let gazed = place(centre.x + pose.gazeX * half * 0.7, centre.y - 0.008 + pose.gazeY * 0.05)
        canvas.ellipse(gazed.x, gazed.y, 0.082, 0.086)
        canvas.colour(actor.irisColour)
        cairo_fill_preserve(cairo)
        canvas.colour(actor.irisColour.scaled(0.4), 0.9)
        canvas.stroke(0.016)
        canvas.ellipse(gazed.x, gazed.y, 0.038, 0.040)
        canvas.colour(DemoColour(0.03, 0.02, 0.02))
        cairo_fill(cairo)
        canvas.ellipse(gazed.x + lightSide * 0.03, gazed.y - 0.03, 0.019, 0.019)
        canvas.colour(DemoColour(1, 1, 1), 0.9)
        cairo_fill(cairo)
        // Shade under the upper lid.
        curve(lid, closed: false)
        canvas.colour(DemoColour(0.1, 0.06, 0.05), 0.4)
        canvas.stroke(0.05)
        cairo_restore(cairo)
        curve(lid, closed: false)
        canvas.colour(DemoColour(0.10, 0.06, 0.05), actor.isFemale ? 0.95 : 0.8)
        canvas.stroke(actor.isFemale ? 0.034 : 0.026)
        curve([lid[4]] + rim + [lid[0]], closed: false)
        canvas.colour(shadow, 0.6)
        canvas.stroke(0.014)
        // Crease.
        curve(lid.map { ($0.0, $0.1 - 0.042 - 0.02 * max(0, units.lidRaise)) }, closed: false)
        canvas.colour(shadow, 0.5)
        canvas.stroke(0.016)
    }

    func drawBrow(_ side: Double) {
        let base = -0.335 + actor.browHeight
        let inner = units.innerBrowRaise
        let outer = units.outerBrowRaise
        let lower = units.browLower
        let crouch = 0.05 * max(0, units.noseWrinkle)
        let innerY = base + actor.browSlant - 0.135 * inner + 0.125 * lower + crouch
        let middleY = base - 0.035 - 0.05 * inner - 0.115 * outer + 0.075 * lower + crouch * 0.6
        let outerY = base + 0.02 - actor.browSlant + 0.03 * inner - 0.125 * outer + 0.0 * lower
        let innerX = 0.135 - 0.05 * max(0, lower)
        let thick = actor.browThickness
        let top: [(Double, Double)] = [
            (side * innerX, innerY - thick * 0.5), (side * 0.32, middleY - thick * 0.6), (side * 0.53, outerY - thick * 0.15),
        ]
        let bottom: [(Double, Double)] = [
            (side * 0.54, outerY + thick * 0.15), (side * 0.32, middleY + thick * 0.55), (side * innerX, innerY + thick * 0.6),
        ]
        curve(top + bottom, closed: true)
        canvas.colour(actor.hairColour.mixed(with: DemoColour(0.12, 0.08, 0.06), actor.age > 52 ? 0.4 : 0.55), 0.92)
        cairo_fill(canvas.cairo)
    }

    func drawNose() {
        let cairo = canvas.cairo
        let lift = 0.06 * max(0, units.noseWrinkle) + 0.02 * max(0, units.upperLipRaise)
        let width = actor.noseWidth * (1 + 0.18 * max(0, units.noseWrinkle) + 0.08 * max(0, units.lipCornerPull))
        let tip = actor.noseLength - lift
        let dark = -lightSide
        curve([(dark * 0.055, -0.18), (dark * 0.06, 0.05), (dark * (width - 0.02), tip - 0.03)], closed: false, depth: 0.08)
        canvas.colour(shadow, 0.38)
        canvas.stroke(0.045)
        curve([(lightSide * 0.015, -0.16), (lightSide * 0.02, tip - 0.06)], closed: false, depth: 0.12)
        canvas.colour(highlight, 0.5)
        canvas.stroke(0.05)
        let ball = place(0, tip - 0.01, depth: 0.16)
        canvas.spot(ball.x, ball.y + 0.02, width * 1.05, 0.10, shadow, 0.30)
        canvas.spot(ball.x + lightSide * 0.02, ball.y - 0.03, 0.07, 0.06, highlight, 0.6)
        for side in [-1.0, 1.0] {
            curve(
                [(side * (width - 0.035), tip - 0.06), (side * width, tip + 0.005), (side * (width - 0.03), tip + 0.045)], closed: false,
                depth: 0.08)
            canvas.colour(shadow, 0.75)
            canvas.stroke(0.024)
            let nostril = place(side * width * 0.46, tip + 0.04, depth: 0.10)
            canvas.ellipse(nostril.x, nostril.y, 0.038 + 0.012 * max(0, units.noseWrinkle), 0.020)
            canvas.colour(shadow.scaled(0.35), 0.85)
            cairo_fill(cairo)
        }
        // Philtrum.
        spot(0, tip + 0.13, 0.035, 0.07, shadow, 0.25)
    }

    func drawMouth() {
        let cairo = canvas.cairo
        let pull = units.lipCornerPull
        let depress = max(0, units.lipCornerDepress)
        let stretch = max(0, units.lipStretch)
        let press = max(0, min(1, units.lipPress))
        let raise = max(0, units.upperLipRaise)
        let jaw = max(0, units.jawDrop)
        let round = max(0, min(1, units.lipRound))
        let chin = max(0, units.chinRaise)
        let y = actor.mouthHeight - 0.02 * chin
        let half = actor.mouthWidth * (1 + 0.30 * max(0, pull) + 0.30 * stretch - 0.34 * round + 0.06 * depress - 0.05 * press)
        let cornerY = y - 0.115 * pull + 0.115 * depress + 0.03 * stretch + 0.05 * jaw
        let fullness = actor.lipFullness * (1 - 0.72 * press) * (1 - 0.18 * stretch)
        let upperThick = 0.052 * fullness * (1 - 0.2 * raise)
        let lowerThick = 0.070 * fullness
        // Inner edges: lifted by sneer and smile, dropped by the jaw.
        let upperY = y - 0.075 * raise - 0.012 * jaw + 0.03 * max(0, pull)
        let gap = max(0, 0.235 * jaw + 0.055 * raise + 0.055 * max(0, pull) + 0.05 * stretch - 0.085 * press - 0.012)
        let lowerY = upperY + gap
        let cornerIn = half * 0.94
        let upperInner: [(Double, Double)] = [
            (-cornerIn, cornerY), (-half * 0.45, upperY * 0.82 + cornerY * 0.18), (0, upperY + 0.006),
            (half * 0.45, upperY * 0.82 + cornerY * 0.18),
            (cornerIn, cornerY),
        ]
        let lowerInner: [(Double, Double)] = [
            (half * 0.5, lowerY * 0.8 + cornerY * 0.2), (0, lowerY), (-half * 0.5, lowerY * 0.8 + cornerY * 0.2),
        ]
        // Shade under the lower lip and at the corners.
        spot(0, lowerY + lowerThick + 0.05, half * 0.8, 0.06, shadow, 0.4)
        for side in [-1.0, 1.0] { spot(side * (half + 0.03), cornerY, 0.07, 0.06, shadow, 0.30 + 0.25 * max(depress, max(0, pull))) }
        // Inside.
        curve(upperInner + lowerInner, closed: true)
        canvas.colour(DemoColour(0.20, 0.05, 0.05))
        cairo_fill(cairo)
        if gap > 0.02 {
            cairo_save(cairo)
            curve(upperInner + lowerInner, closed: true)
            cairo_clip(cairo)
            let teeth = min(gap * 0.75, 0.085)
            curve(
                [
                    (-half * 0.8, cornerY * 0.5 + upperY * 0.5 - 0.02), (0, upperY - 0.02),
                    (half * 0.8, cornerY * 0.5 + upperY * 0.5 - 0.02), (half * 0.72, cornerY * 0.35 + upperY * 0.65 + teeth * 0.8),
                    (0, upperY + teeth), (-half * 0.72, cornerY * 0.35 + upperY * 0.65 + teeth * 0.8),
                ],
                closed: true)
            canvas.colour(DemoColour(0.93, 0.91, 0.86), 0.95)
            cairo_fill(cairo)
            if gap > 0.1 {
                let tongue = place(0, lowerY - 0.02)
                canvas.spot(tongue.x, tongue.y, half * 0.7, gap * 0.5, DemoColour(0.72, 0.30, 0.30), 0.9)
            }
            cairo_restore(cairo)
        }
        // Upper lip, with its bow, and lower lip.
        let bow = 0.014 * fullness
        curve(
            [
                (-half, cornerY), (-half * 0.5, upperY * 0.75 + cornerY * 0.25 - upperThick * 0.85),
                (-half * 0.16, upperY - upperThick - bow), (0, upperY - upperThick + bow * 0.4), (half * 0.16, upperY - upperThick - bow),
                (half * 0.5, upperY * 0.75 + cornerY * 0.25 - upperThick * 0.85), (half, cornerY),
            ]
                + upperInner.reversed().dropFirst().dropLast(), closed: true)
        canvas.colour(actor.lipColour.scaled(0.86))
        cairo_fill(cairo)
        curve(
            [(-half, cornerY)] + lowerInner.reversed()
                + [
                    (half, cornerY), (half * 0.52, lowerY * 0.78 + cornerY * 0.22 + lowerThick * 0.95), (0, lowerY + lowerThick),
                    (-half * 0.52, lowerY * 0.78 + cornerY * 0.22 + lowerThick * 0.95),
                ],
            closed: true)
        canvas.colour(actor.lipColour)
        cairo_fill(cairo)
        let shine = place(0, lowerY + lowerThick * 0.45)
        canvas.spot(shine.x + lightSide * 0.03, shine.y, half * 0.4, lowerThick * 0.5, highlight, 0.35)
        // The line between the lips.
        if gap < 0.035 {
            curve(upperInner, closed: false)
            canvas.colour(DemoColour(0.22, 0.07, 0.06), 0.85)
            canvas.stroke(0.022)
        }
    }

    func drawBeard() {
        let w = actor.faceWidth
        let drop = 0.17 * units.jawDrop
        let colour = actor.hairColour
        for side in [-1.0, 1.0] {
            spot(side * w * 0.62, 0.66 + drop * 0.5, 0.22, 0.34, colour, 0.55)
            spot(side * 0.18, 0.475 - 0.05 * max(0, units.upperLipRaise), 0.2, 0.055, colour, 0.6)
        }
        spot(0, 0.93 + drop, 0.42, 0.20, colour, 0.75)
    }
}
