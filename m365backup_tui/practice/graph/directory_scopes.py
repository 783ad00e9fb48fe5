"""The least delegated scope of each directory call and those above it (graph.md §11.2, §12).

The scopes above the least ones are those that Microsoft's pages of the calls list.
"""

DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All", "Directory.AccessAsUser.All")
READ_USERS = ("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", *DIRECTORY)
READ_ME = ("User.Read", "User.ReadWrite", *READ_USERS)
_GROUPS = ("Group.Read.All", "Group.ReadWrite.All", *DIRECTORY)
_MEMBERS = ("GroupMember.Read.All", "GroupMember.ReadWrite.All")
READ_GROUPS = ("Group.ReadBasic.All", *_MEMBERS, *_GROUPS)
READ_MEMBERS = ("GroupMember.ReadBasic.All", *_MEMBERS, *_GROUPS)
READ_MY_GROUPS = ("User.Read", "User.Read.All", "User.ReadWrite.All", *_MEMBERS, *_GROUPS)
READ_MEMBER_OF = ("User.Read.All", "User.ReadWrite.All", *_MEMBERS, *_GROUPS)
READ_DRIVES = ("Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All")
READ_MY_DRIVE = ("Files.Read", "Files.ReadWrite", *READ_DRIVES)
READ_MAILBOX = ("MailboxSettings.Read",)
READ_ANY = DIRECTORY  # getByIds
READ_ROLES = (
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagement.Read.All",
    *DIRECTORY,
)
READ_ELIGIBLE = (
    "RoleEligibilitySchedule.Read.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    *READ_ROLES[:3],
)
READ_ACTIVE = (
    "RoleAssignmentSchedule.Read.Directory",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    *READ_ROLES[:3],
)
READ_SITES = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All")
_ORGANIZATION = ("Organization.Read.All", "Organization.ReadWrite.All", *DIRECTORY)
READ_ORGANIZATION = ("User.Read", *_ORGANIZATION)
READ_SKUS = ("LicenseAssignment.Read.All", *_ORGANIZATION)
READ_REPORTS = ("Reports.Read.All",)
