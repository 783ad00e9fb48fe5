"""Word lists from which the practice company is made: people, departments, sites, licences."""

_FIRST = """
Aaron Abigail Adam Agnes Ahmed Aisha Alan Alba Alex Alice Amir Amy Ana Andre Anja Ann Anna Anton
Aoife Arjun Astrid Aya Beatriz Ben Bianca Björn Bruno Camille Carla Carlos Caroline Chen Chloe
Claire Conor Dagny Daniel Dara David Deepa Diego Dina Dmitri Ebba Edith Eero Ella Elif Emil Emma
Erik Esther Eva Farah Felix Finn Fiona Franz Freya Gabriel Gemma George Giulia Grace Greta Hamid
Hana Hanna Hans Hugo Ida Igor Ines Ingrid Irene Isaac Ivy Jack Jana Jasmin Jean Jens Joana Joel
Johan Jonas Jude Julia Kai Karin Kenji Kim Lars Laura Layla Lea Leo Lina Louis Lucy Luis Maja
Malik Marco Maria Marta Mateo Max Mei Mila Mira Mohan Nadia Nils Nina Noah Nora Olga Oliver Omar
Otto Paula Petra Pia Priya Rafael Rana Rita Robin Rosa Ruth Sam Sara Sean Sofia Stefan Suki Sven
Tara Theo Tim Tina Tomas Ulla Uma Vera Viktor Wei Yara Yusuf Zane Zoe
"""
FIRST_NAMES = tuple(_FIRST.split())

_LAST = """
Abbott Acosta Adler Ahlgren Almeida Andersen Aoki Arslan Bailey Baker Barros Bauer Becker Bell
Berg Bianchi Blake Bose Brandt Brennan Brooks Byrne Cabrera Carter Castro Chan Cohen Cole Costa
Cruz Dahl Das Diaz Dixon Doyle Dubois Duncan Dvorak Eklund Ellis Engel Evans Farkas Ferrari
Fischer Fleming Fontaine Foster Fraser Fuchs Garcia Gibson Gomez Graf Grant Greene Gupta Haas
Hagen Halloran Hansen Harris Hassan Hayes Hoffman Holm Horvat Hughes Ibrahim Ito Iyer Jacobs
Jansen Jensen Johnson Jokinen Kaplan Kaur Keller Kelly Khan Klein Kowalski Kumar Lang Larsen
Laurent Lee Lind Lopez Lund Marsh Martin Mehta Meyer Moreau Moreno Morgan Müller Murphy Nagy
Nakamura Neumann Nielsen Novak Nunez Oconnor Okafor Olsen Ortiz Owens Park Patel Pereira Perez
Popov Price Quinn Ramos Rao Reyes Richter Rivera Rossi Roth Ryan Saito Santos Sato Schmidt Shah
Silva Singh Sousa Stone Suzuki Takala Tanaka Torres Vega Virtanen Vogel Wagner Walsh Weber West
Wong Wright Yilmaz Young Zhang Zimmer
"""
LAST_NAMES = tuple(_LAST.split())

DEPARTMENTS = (
    "Finance",
    "Legal",
    "Human Resources",
    "Sales",
    "Marketing",
    "Engineering",
    "Research",
    "Quality",
    "Manufacturing",
    "Logistics",
    "Procurement",
    "Customer Care",
    "IT Operations",
    "Security",
    "Facilities",
    "Executive Office",
)

OFFICES = ("Oslo", "Dublin", "Porto", "Lyon", "Hamburg", "Osaka", "Toronto", "Austin")

JOB_TITLES = (
    "Analyst",
    "Assistant",
    "Coordinator",
    "Director",
    "Engineer",
    "Lead",
    "Manager",
    "Specialist",
)

SITE_SUBJECTS = (
    "Archive",
    "Audits",
    "Budget",
    "Campaigns",
    "Contracts",
    "Designs",
    "Forecast",
    "Handbook",
    "Invoices",
    "Knowledge base",
    "Lab notes",
    "Learning",
    "Meetings",
    "Onboarding",
    "Partners",
    "Planning",
    "Policies",
    "Projects",
    "Reports",
    "Requests",
    "Reviews",
    "Roadmap",
    "Suppliers",
    "Templates",
)

# (display text as in the usage report's "Root Web Template" column, share, can be backed up).
# Which templates Microsoft 365 Backup refuses is not published: UNVERIFIED, a design choice here.
SITE_TEMPLATES = (
    ("Group", 0.44, True),
    ("Team Site", 0.22, True),
    ("Communication Site", 0.12, True),
    ("Private Channel", 0.10, True),
    ("Shared Channel", 0.05, True),
    ("Site Page Publishing", 0.03, True),
    ("Publishing Site", 0.02, True),
    ("Redirect Site", 0.02, False),
)

SHARED_MAILBOXES = ("Info", "Orders", "Support", "Invoices", "Jobs", "Press", "Returns", "Service")

# (skuPartNumber, skuId, share of licences). The ids are Microsoft's published product ids.
SKUS = (
    ("SPE_E5", "06ebc4ee-1bb5-47dd-8120-11324bc54e06", 0.35),
    ("SPE_E3", "05e9a617-0261-4cee-bb44-138d3ef5d965", 0.50),
    ("SPE_F1", "66b55226-6b4f-492c-910c-a3b7a3c9d993", 0.15),
)
